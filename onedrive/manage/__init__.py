"""Option 7: renames and deletions on OneDrive."""
