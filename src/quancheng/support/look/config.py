"""Whose site this is: the names that head and foot of every page carry."""

from dataclasses import dataclass

from quancheng.kernel import config as settings


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_LOOK_*. Names of the city stand in Chinese: they are data, not interface text."""

    site: str = "泉城"
    city: str = "济南市"
    organiser: str = "济南市人民政府办公厅"
    operator: str = "济南市行政审批服务局"
    hotline: str = "0531-12345"
    address: str = "济南市历下区龙鼎大道1号"
    identification_code: str = "3701000000"
    demonstration: bool = True


config = settings.read(Config, prefix="QC_LOOK_")
