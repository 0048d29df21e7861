"""The albums of a OneDrive: their names, covers and members, in albums.json."""
