"""The pages of operations at the desk."""
