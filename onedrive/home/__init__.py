"""The files that the program keeps in its home: each is read, written and locked here."""
