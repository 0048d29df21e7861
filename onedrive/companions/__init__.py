"""Files made beside the downloaded ones, where wished: sidecars, JPEG twins, `.picasa.ini`, small pictures."""
