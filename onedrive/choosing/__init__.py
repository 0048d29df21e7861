"""What a person wants of their OneDrive: the choice, asked, kept and applied."""
