"""``zkcredit product``: what a loan of an offer costs, before anybody publishes or takes it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import command, read_object
from zkcredit.cli.output import emit

app = typer.Typer(help="Products as tables: schedules, costs, pictures.", no_args_is_help=True)


@command(app)
def show(
    offer: Annotated[Path, typer.Argument(metavar="OFFER.json", help="An offer with a schedule.")],
    *,
    amount: Annotated[int, typer.Option("--amount", min=1, help="Minor currency units.")],
    width: Annotated[
        int, typer.Option("--width", min=10, max=200, help="Characters of the longest bar.")
    ] = 40,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", help="Also draw the schedule, as .svg or .png; needs [charts]."),
    ] = None,
) -> None:
    """Show what a loan costs: every payment, the yearly rates, the worst case, and a picture."""
    from zkcredit.loan.disclosure import disclose
    from zkcredit.loan.offer import read_offer
    from zkcredit.loan.picture import picture_in_text

    product = read_offer(read_object(offer, "offer"))
    costs = disclose(product, amount)
    picture = picture_in_text(product, amount, width)
    if chart is not None:
        from zkcredit.plots import draw_schedule

        draw_schedule(product, amount, chart)
    emit(
        {
            **asdict(costs),
            "payments": [{"due": due, "amount": paid} for due, paid in costs.payments],
            "digest": product.digest.hex(),
            "product": product.encode().hex(),
        },
        "\n".join((*costs.in_words(), *costs.payments_in_words(), "", picture)),
    )
