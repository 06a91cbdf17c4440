"""Trees: an example of a service that lives outside Candia's repository."""
