"""How the pretend OneDrive answers as Microsoft Graph."""
