"""The pretend OneDrive: a model of a drive, and a loopback server that speaks about it as Microsoft's service does.

`model/drive.py` is the model and knows no sockets; `server.py` answers for Microsoft's hosts by the Host header;
`model/sample.py` is the drive that a person sees with `start.py --demo`. Nothing of the client is imported here but
QuickXorHash, so that the pretend service cannot agree with a client's mistake.
"""

from __future__ import annotations
