"""The verbs of the `candia` command, one file a subject; they parse and call, and hold no logic."""
