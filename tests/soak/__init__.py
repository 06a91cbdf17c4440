"""The long proofs of a bad day: kills, hangs, full disks, cut files, nonsense and floods, against a real city.

Run one as `python -m tests.soak kills --times 20 --seed 7`; pytest collects nothing here.
"""
