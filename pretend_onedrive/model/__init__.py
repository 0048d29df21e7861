"""The drive itself, without sockets: items, bytes, changes, and the dialects of its back ends."""
