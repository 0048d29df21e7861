"""Other people's clients against the pretend OneDrive, at Microsoft's real names through TLS, none of them changed.

`python -m tests.clients` installs them in a folder of its own, lets each sign in, list and download, and says what it
saw. `front.py` is the TLS; `programs/` has the few lines that use each library as its handbook says.
"""
