"""The portal: the pages that everyone may open."""
