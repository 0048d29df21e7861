"""How the pretend Microsoft signs people in."""
