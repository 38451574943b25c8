"""What all made-up models of the pages' tests have in common."""


class FakeClient:
    """Answers on this machine, and is never replaced unless a test says so.

    Args:
        name: What a gallery would know it by.
    """

    where = "CPU"
    version = 1

    def __init__(self, name):
        self.name = name

    def warm_up(self):
        self.warm = True

    def edition(self):
        return f"{self.name} {self.version}"

    def successor(self):
        return None
