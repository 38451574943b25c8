"""Measurements that explain: what the networks of the zoo do, in numbers."""
