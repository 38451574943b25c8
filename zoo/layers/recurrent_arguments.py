"""What SimpleRNN, LSTM and GRU share: Keras's arguments, weights and first states."""

import keras
from keras import ops

from zoo.layers import activations
from zoo.layers.checks import check_rates, check_sizes
from zoo.layers.packed import Packed

WEIGHTS = ("kernel", "recurrent", "bias")
RATES = ("dropout", "recurrent_dropout", "recurrent_weight_dropout")


class RecurrentArguments(keras.layers.Layer):
    """Arguments and weights of a recurrent layer.

    They and their layout are those of Keras's recurrent layers, so that ours can stand
    in for them: `ours.set_weights(theirs.get_weights())`. Weight files of Keras's own
    layers do not fit, for they file the weights under a cell. `implementation` is
    taken and forgotten: there is one.

    Args:
        units: Positive integer U, the width of the hidden state.
        activation: Activation of the candidate; see `zoo.layers.activations`.
        use_bias: Whether the gates have a bias.
        kernel_initializer: Initialiser of the input kernel.
        recurrent_initializer: Initialiser of the recurrent kernel.
        bias_initializer: Initialiser of the bias.
        kernel_regularizer: Penalty on the input kernel, or None.
        recurrent_regularizer: Penalty on the recurrent kernel, or None.
        bias_regularizer: Penalty on the bias, or None.
        kernel_constraint: Constraint on the input kernel, or None.
        recurrent_constraint: Constraint on the recurrent kernel, or None.
        bias_constraint: Constraint on the bias, or None.
        dropout: Float in [0, 1), dropout on the inputs, one mask for all steps.
        recurrent_dropout: Float in [0, 1), dropout on the hidden state where the
            recurrent product reads it, one mask for all steps (variational dropout,
            Gal and Ghahramani 2016).
        recurrent_weight_dropout: Float in [0, 1), dropout on the recurrent kernel
            (DropConnect, as in Merity et al. 2018). Not among Keras's arguments.
        trainable_initial_state: Whether the state before the first step is learned
            instead of zero. Not among Keras's arguments.
        return_sequences: Whether to return the hidden state of every step instead of
            the last one.
        return_state: Whether to return the final state too.
        go_backwards: Whether to read from the last step to the first; the outputs come
            in the order of reading.
        stateful: Whether a batch starts from the state that the last one ended with,
            row by row, until `reset_state`.
        unroll: Whether to write every step into the graph instead of a loop.
        zero_output_for_mask: Whether the output of a masked step is zero instead of
            the state it copies.
        seed: Integer for dropout, or None.

    Raises:
        ValueError: An argument is out of range, or arguments do not go together.
    """

    gates = 1  # blocks of U columns in the kernels
    states = ("hidden",)  # names of what is handed from step to step
    keeps = 0  # arrays [B, U] that a step keeps for its gradient

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        recurrent_weight_dropout=0.0,
        trainable_initial_state=False,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        seed=None,
        implementation=2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(units=units)
        check_rates(
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            recurrent_weight_dropout=recurrent_weight_dropout,
        )
        self.units = units
        self.activation = activations.get("activation", activation)
        self.use_bias = use_bias
        given = locals()
        for name in WEIGHTS:
            for kind in ("initializer", "regularizer", "constraint"):
                look_up = getattr(keras, f"{kind}s").get
                setattr(self, f"{name}_{kind}", look_up(given[f"{name}_{kind}"]))
        for name in RATES:
            setattr(self, name, given[name])
        if stateful and trainable_initial_state:
            raise ValueError(
                "`trainable_initial_state` must be False where `stateful` is True: a "
                "batch starts from what the last one left. Received: True"
            )
        self.trainable_initial_state = trainable_initial_state
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.seed = seed
        if any(given[name] for name in RATES):
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, inputs_shape, initial_state_shape=None):
        """Makes the kernels and the bias, in Keras's own layout."""
        if isinstance(inputs_shape, Packed):
            inputs_shape = (None, None, inputs_shape.data[-1])
        columns = self.gates * self.units
        self.kernel = self._weight("kernel", (inputs_shape[-1], columns))
        self.recurrent_kernel = self._weight("recurrent", (self.units, columns))
        self.bias = self._weight("bias", self.bias_shape()) if self.use_bias else None
        if self.trainable_initial_state:
            self.initial = [
                self.add_weight((self.units,), "zeros", name=f"initial_{state}")
                for state in self.states
            ]
        if self.stateful:
            if inputs_shape[0] is None:
                raise ValueError(
                    "The batch must have a known size where `stateful` is True. "
                    f"Received: inputs of shape {tuple(inputs_shape)}"
                )
            shape = (inputs_shape[0], self.units)
            self.carried = [
                self.add_weight(shape, "zeros", name=f"last_{state}", trainable=False)
                for state in self.states
            ]

    def _weight(self, name, shape):
        initializer = getattr(self, f"{name}_initializer")
        return self.add_weight(
            shape,
            self.initial_bias if name == "bias" else initializer,
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
            name={"recurrent": "recurrent_kernel"}.get(name, name),
        )

    def bias_shape(self):
        """Returns the shape of the bias."""
        return (self.gates * self.units,)

    def initial_bias(self, shape, dtype=None):
        """Returns the bias before training."""
        return self.bias_initializer(shape, dtype)

    @property
    def weights(self):
        """The weights, without the states that a stateful layer carries."""
        carried = [id(state) for state in getattr(self, "carried", [])]
        return [weight for weight in super().weights if id(weight) not in carried]

    @property
    def state_size(self):
        """The width of each state, as Keras's layers give it."""
        return [self.units for _ in self.states]

    def save_own_variables(self, store):
        """Stores the weights; what a stateful layer carries is no weight."""
        for place, weight in enumerate(self.weights):
            store[str(place)] = weight.numpy()

    def load_own_variables(self, store):
        """Takes the weights that a layer like this, stateful or not, has stored."""
        if len(store.keys()) != len(self.weights):
            raise ValueError(
                f"The file must hold the {len(self.weights)} weights of {self.name}. "
                f"Received: {len(store.keys())}"
            )
        for place, weight in enumerate(self.weights):
            weight.assign(store[str(place)])

    def get_initial_state(self, batch_size):
        """Returns the list of first states `[B, U]`: zeros, or what was learned."""
        if self.trainable_initial_state:
            shape = (batch_size, self.units)
            return [ops.broadcast_to(state, shape) for state in self.initial]
        zeros = ops.zeros((batch_size, self.units), self.compute_dtype)
        return [zeros for _ in self.states]

    def reset_state(self):
        """Forgets what the last batch left, in a stateful layer."""
        for state in getattr(self, "carried", []):
            state.assign(ops.zeros(state.shape, state.dtype))

    reset_states = reset_state

    def get_config(self):
        """Returns the arguments."""
        config = super().get_config()
        config["activation"] = self.activation.__name__
        for name in WEIGHTS:
            for kind in ("initializer", "regularizer", "constraint"):
                serialize = getattr(keras, f"{kind}s").serialize
                config[f"{name}_{kind}"] = serialize(getattr(self, f"{name}_{kind}"))
        names = "units use_bias trainable_initial_state return_sequences return_state "
        names += "go_backwards stateful unroll zero_output_for_mask seed"
        for name in (*RATES, *names.split()):
            config[name] = getattr(self, name)
        return config


def check_cudnn(use_cudnn):
    """Returns `use_cudnn`; raises ValueError where it insists on a cuDNN kernel."""
    if use_cudnn not in ("auto", False):
        raise ValueError(
            "`use_cudnn` must be 'auto' or False: the zoo's layers are written in "
            f"`keras.ops` and have no cuDNN kernel. Received: use_cudnn={use_cudnn!r}"
        )
    return use_cudnn
