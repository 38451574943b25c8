"""The operations in the artefacts: what TensorFlow Serving has, and nothing else."""

import pytest
from tensorflow.core.protobuf import saved_model_pb2

from tests import alone
from tests.test_shipped import SAMPLED
from zoo import artefact

# Of tensorflow-text, whose kernels TF Serving links (its model_servers/BUILD,
# SUPPORTED_TENSORFLOW_OPS).
TEXT = {
    "NormalizeUTF8",
    "SentencepieceDetokenizeOp",
    "SentencepieceIdToStringOp",
    "SentencepieceOp",
    "SentencepieceTokenizeOp",
    "SentencepieceTokenizeWithOffsetsOp",
}
# They read and write files: in the two functions that load and save variables.
FILES = {"MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"}
SAVER = ("__inference__traced_save", "__inference__traced_restore")
ARITHMETIC = """AddV2 BatchMatMulV2 BiasAdd BitwiseAnd BitwiseOr Conv2D Cos Cumsum
    DepthwiseConv2dNative Einsum Exp FloorDiv FloorMod LeftShift Log LogSoftmax MatMul
    Max Maximum Mean Min Minimum Mul Neg Pow Prod RealDiv Relu Relu6 Round Rsqrt Sigmoid
    Sin Softmax SquaredDifference Sub Sum Tanh UnsortedSegmentSum"""
LOGIC = """All Any Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalNot
    LogicalOr NotEqual Select SelectV2 Where"""
SHAPES = """ArgMax BroadcastTo Cast ConcatV2 Const DenseBincount EnsureShape ExpandDims
    Fill GatherNd GatherV2 Identity IdentityN LowerBound OneHot Pack Pad PadV2
    RaggedGather RaggedRange RaggedTensorToTensor Range Reshape ReverseV2 ScatterNd
    Shape Size Split SplitV Squeeze StridedSlice TensorScatterUpdate Tile TopKV2
    Transpose Unpack ZerosLike"""
CONTROL = """Assert If NoOp PartitionedCall Placeholder PlaceholderWithDefault
    StatefulPartitionedCall
    StatelessCase StatelessIf StatelessWhile StopGradient TensorListFromTensor
    TensorListGetItem TensorListReserve TensorListSetItem TensorListStack While"""
STATE = """AssignVariableOp DisableCopyOnRead HashTableV2 LookupTableFindV2
    LookupTableImportV2 ReadVariableOp VarHandleOp"""
STRINGS = """AsString DecodePaddedRaw DecodeRaw ReduceJoin StaticRegexFullMatch
    StaticRegexReplace StringFormat StringJoin StringLength StringLower StringSplitV2
    StringStrip Substr UnicodeDecode UnicodeEncode UnicodeTranscode"""
PICTURES = "DecodeGif DecodeJpeg DecodePng ScaleAndTranslate"
CHANCE = "StatelessRandomUniformFullIntV2 StatelessRandomUniformV2"
GROUPS = (ARITHMETIC, LOGIC, SHAPES, CONTROL, STATE, STRINGS, PICTURES, CHANCE)
CORE = {name for group in GROUPS for name in group.split()}
UNKNOWN = """
import tensorflow
from tensorflow.python.framework import op_def_registry
print([name for name in {names} if op_def_registry.get(name) is None])
"""


def operations(folder):
    """Names of the operations in a version's graph: (all but the saver's, those)."""
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((folder / "saved_model.pb").read_bytes())
    graph = model.meta_graphs[0].graph_def
    found, saver = {node.op for node in graph.node}, set()
    for function in graph.library.function:
        place = saver if function.signature.name.startswith(SAVER) else found
        place.update(node.op for node in function.node_def)
    return found, saver


@pytest.mark.parametrize("name", SAMPLED)
def test_an_artefact_holds_only_operations_that_are_allowed(name):
    found, saver = operations(artefact.locate(name))
    assert found - CORE - TEXT == set()
    assert saver - CORE <= FILES


def test_what_is_allowed_is_tensorflow_s_own_but_for_tensorflow_text():
    names = sorted(CORE | FILES | TEXT)
    printed = alone.run(UNKNOWN.format(names=names))
    assert printed.strip() == str(sorted(TEXT))
