"""What water adds to the console: `candia backtest` and `candia simulate`."""

import typer

from candia.services.water.console import backtest, simulate

app = typer.Typer()
app.add_typer(backtest.app)
app.add_typer(simulate.app)
