"""Microsoft Graph as a client sees it."""
