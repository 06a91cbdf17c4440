"""The engines as a city uses them: started, killed, started again."""
