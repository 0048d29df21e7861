"""Option 6: is each file of the drive here, and is it proven?"""
