"""Decision models for the tests."""

HEAD = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="{id}" name="{id}" namespace="urn:test:{id}">'
)


def model(body, *, identity="shop"):
    """A model around `body`."""
    return HEAD.format(id=identity) + body + "</definitions>"


def given(*names, kind="Any"):
    """Input data."""
    return "".join(
        f'<inputData id="in-{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
        for name in names
    )


def needs(*names, kind="requiredInput", prefix="in-"):
    """What a decision requires."""
    return "".join(
        f'<informationRequirement><{kind} href="#{prefix}{name}"/></informationRequirement>' for name in names
    )


def text(expression):
    """An expression with its signs escaped."""
    return expression.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(expression):
    """A literal expression."""
    return f"<literalExpression><text>{text(expression)}</text></literalExpression>"


def table(rules, *, hit="UNIQUE", aggregation="", inputs=("area",), outputs=("",), allowed="", default=""):
    """A decision table; each rule is a line such as "> 300, - : 'large'" with cells divided by `|`."""
    parts = [f'<decisionTable hitPolicy="{hit}"' + (f' aggregation="{aggregation}"' if aggregation else "") + ">"]
    parts += [f"<input><inputExpression><text>{name}</text></inputExpression></input>" for name in inputs]
    values = f"<outputValues><text>{text(allowed)}</text></outputValues>" if allowed else ""
    values += f"<defaultOutputEntry><text>{text(default)}</text></defaultOutputEntry>" if default else ""
    parts += [f'<output name="{name}">{values}</output>' for name in outputs]
    for rule in rules:
        tests, results = (side.split("|") for side in rule.split("=>"))
        cells = [f"<inputEntry><text>{text(cell.strip())}</text></inputEntry>" for cell in tests]
        cells += [f"<outputEntry><text>{text(cell.strip())}</text></outputEntry>" for cell in results]
        parts.append(f"<rule>{''.join(cells)}</rule>")
    return "".join(parts) + "</decisionTable>"


def decision(body, *, name="Answer", requires=""):
    """A decision."""
    return f'<decision id="{name}" name="{name}"><variable name="{name}"/>{requires}{body}</decision>'


def table_model(rules, **options):
    """A model whose decision Answer is one table."""
    names = options.get("inputs", ("area",))
    return model(given(*names) + decision(table(rules, **options), requires=needs(*names)))
