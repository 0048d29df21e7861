"""What tests let go wrong at the pretend OneDrive, and what they count there."""
