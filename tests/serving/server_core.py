"""What TF Serving does with `models.config` while it runs."""


class Refused(Exception):
    """A server keeps the configuration that it has."""


class Server:
    """What TF Serving does with a configuration, and with what is on its disk.

    After ReloadConfig, UpdateModelVersionLabelMap (server_core.cc) with
    --allow_version_labels_for_unavailable_models, and PollFileSystemForServable
    (file_system_storage_path_source.cc) with the policy `specific`. Nothing is loaded
    until it polls.
    """

    def __init__(self, root):
        self.root = root
        self.loaded = {}
        self.labels = {}
        self.policy = {}

    def reload(self, config):
        """Takes a configuration, or refuses it."""
        fresh = {}
        for model in config.model_config_list.config:
            for label, version in model.version_labels.items():
                had = self.labels.get(model.name, {}).get(label, version)
                there = version in self.loaded.get(model.name, ())
                if had != version and not there:
                    raise Refused(f"{model.name}: {label} to {version}")
                fresh.setdefault(model.name, {})[label] = version
        self.labels = fresh
        self.policy = {
            model.name: set(model.model_version_policy.specific.versions)
            for model in config.model_config_list.config
        }

    def has(self, name, version):
        """As `zoo.gallery.running.RunningServer`."""
        return version in self.loaded.get(name, ())

    def labelled(self, name, label):
        """As `zoo.gallery.running.RunningServer`."""
        return self.labels.get(name, {}).get(label)

    def poll(self):
        """Loads and unloads what the disk and the configuration ask for."""
        self.loaded = {name: self.loaded.get(name, set()) for name in self.policy}
        if not all((self.root / name).exists() for name in self.policy):
            return  # one folder that is missing, and no model is looked at
        for name, wanted in self.policy.items():
            there = {int(path.name) for path in (self.root / name).glob("[0-9]*")}
            self.loaded[name] = wanted & there
