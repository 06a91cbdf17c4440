"""What can go wrong with a backup or a restore, as a sentence for the operator."""


class BackupFailed(Exception):
    """The backup or restore can't go on; the sentence says why, and what to do where that is known."""
