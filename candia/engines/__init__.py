"""The engines that Candia brings along, and the watch over every process of a running city."""
