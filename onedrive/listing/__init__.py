"""What is on OneDrive: every item listed, resolved to paths, kept up to date."""
