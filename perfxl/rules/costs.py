"""What the rules about cost compare: the budget, the indicators of cost, unit prices times quantities.  All in 元."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from perfxl.form import Entry, Indicator, TargetForm
from perfxl.issue import Place
from perfxl.rules.facts import COST, QUANTITY, names_of, of_category, unit_cell, value_cell
from perfxl.text import money
from perfxl.vocabulary import Vocabulary

_SLIP = Decimal(10000)
_SLIP_TOLERANCE = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ComparedBudget:
    """The budget with what is needed to compare and to show: amount in 元, and the form's unit."""

    entry: Entry
    yuan: Decimal
    unit: str
    factor: Decimal
    unit_at: Place

    @property
    def shown(self) -> str:
        """As typed, with its unit: 84.10万元."""
        return f"{self.entry.text}{self.unit}"

    def show(self, yuan: Decimal) -> str:
        """An amount in 元, in the form's unit."""
        return f"{money(yuan / self.factor)}{self.unit}"


def budget_of(form: TargetForm, vocabulary: Vocabulary) -> ComparedBudget | None:
    """None where there is no budget to compare with."""
    total, unit = form.budget.total.amount, form.money_unit.text
    factor = vocabulary.money_factor(unit)
    if total is None or total <= 0 or factor is None:
        return None
    return ComparedBudget(form.budget.total, total * factor, unit, factor, form.money_unit.at)


def _is_unit_price(indicator: Indicator, vocabulary: Vocabulary) -> bool:
    """What one costs, not all: by its unit (元/人) or by a word in name or description (人均, 单位成本)."""
    words = vocabulary.pattern("no_unit_price").sub("", names_of(indicator))
    return indicator.value.per is not None or vocabulary.pattern("unit_price").search(words) is not None


@dataclass(frozen=True, slots=True)
class Costs:
    """The indicators of cost: those with an amount in 元, and whether there are others whose amount is unknown."""

    totals: tuple[tuple[Indicator, Decimal], ...]
    prices: tuple[tuple[Indicator, Decimal], ...]
    unknown: bool


def costs_of(form: TargetForm, vocabulary: Vocabulary) -> Costs:
    totals: list[tuple[Indicator, Decimal]] = []
    prices: list[tuple[Indicator, Decimal]] = []
    unknown = False
    for indicator in of_category(form, vocabulary, COST):
        value = indicator.value
        if value.kind != "quantitative" or value.amount_yuan is None:
            unknown = unknown or value.kind != "quantitative" or not value.unit_known
            continue
        (prices if _is_unit_price(indicator, vocabulary) else totals).append((indicator, value.amount_yuan))
    return Costs(tuple(totals), tuple(prices), unknown)


@dataclass(frozen=True, slots=True)
class Product:
    """A unit price times the number of units; ``yuan`` is what it comes to."""

    price: Indicator
    quantity: Indicator
    yuan: Decimal

    @property
    def shown(self) -> str:
        return f"{_typed(self.price)} × {_typed(self.quantity)}"

    @property
    def cells(self) -> tuple[Place, ...]:
        return tuple(cell(item).at for item in (self.price, self.quantity) for cell in (value_cell, unit_cell))

    @property
    def fixed(self) -> bool:
        """One of the two is no bound but a figure, so that the product is one, too."""
        return {self.price.value.relation, self.quantity.value.relation} & {None, "="} != set()

    @property
    def floor(self) -> bool:
        """Both are lower bounds: it comes to no less than this."""
        return all(item.value.relation in ("≥", ">") for item in (self.price, self.quantity))


def _typed(indicator: Indicator) -> str:
    return f"{indicator.value.number_text}{indicator.value.unit or ''}"


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Unit prices times quantities against the budget; ``complete`` where nothing else makes up the budget."""

    budget: ComparedBudget
    products: tuple[Product, ...]
    complete: bool

    @property
    def yuan(self) -> Decimal:
        return sum((product.yuan for product in self.products), Decimal(0))

    @property
    def ratio(self) -> Decimal:
        return self.yuan / self.budget.yuan

    @property
    def slip(self) -> Decimal | None:
        """10000 or 1/10000 where the sum is off by just that: 元 and 万元 were mixed up."""
        for factor in (_SLIP, 1 / _SLIP):
            if abs(self.ratio / factor - 1) <= _SLIP_TOLERANCE:
                return factor
        return None

    @property
    def related(self) -> tuple[Place, ...]:
        cells = (cell for product in self.products for cell in product.cells)
        return (*cells, self.budget.entry.at, self.budget.unit_at)

    @property
    def facts(self) -> dict[str, object]:
        terms = " + ".join(product.shown for product in self.products)
        return {"terms": terms, "product": self.budget.show(self.yuan), "budget": self.budget.shown}


def unit_costs_of(form: TargetForm, vocabulary: Vocabulary) -> UnitCosts | None:
    """None where no unit price can be multiplied by the quantity that belongs to it."""
    budget, costs = budget_of(form, vocabulary), costs_of(form, vocabulary)
    quantities = [item for item in of_category(form, vocabulary, QUANTITY) if item.value.kind == "quantitative"]
    products = []
    for price, yuan in costs.prices:
        product = _product(price, yuan, quantities, alone=len(costs.prices) == 1, vocabulary=vocabulary)
        if product is not None and product.yuan > 0:
            products.append(product)
    if budget is None or not products:
        return None
    complete = len(products) == len(costs.prices) and not costs.totals and not costs.unknown
    return UnitCosts(budget, tuple(products), complete)


def _product(
    price: Indicator, yuan: Decimal, quantities: list[Indicator], *, alone: bool, vocabulary: Vocabulary
) -> Product | None:
    """With the one quantity counted in what the price is per; failing a unit, with the only quantity there is."""
    per = price.value.per
    if per is None:
        if not alone or len(quantities) != 1:
            return None
        amount = quantities[0].value.amount
        return Product(price, quantities[0], yuan * amount) if amount is not None else None
    measure = vocabulary.measure(per)
    matching = []
    for quantity in quantities:
        unit, number = quantity.value.measured_in, quantity.value.number
        if unit is None or number is None:
            continue
        if measure is not None and unit.base == measure.base and unit.per is None:
            matching.append(Product(price, quantity, yuan * number * unit.factor / measure.factor))
        elif unit.normalised == per:
            matching.append(Product(price, quantity, yuan * number))
    return matching[0] if len(matching) == 1 else None
