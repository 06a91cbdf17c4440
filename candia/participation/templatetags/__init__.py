"""Template tags by which any page takes participation in."""
