"""What the city knows is not asked again."""

import pytest

from quancheng.centres.catalogue import public as catalogue
from quancheng.kernel import discovery
from quancheng.support.eforms import public as eforms

FORMS = sorted(discovery.ROOT.glob("*/*/eforms/*.form"))


def asked(key="x", label="X", **properties):
    field = {"type": "textfield", "key": key, "label": label, "properties": properties}
    return [(found.key, found.item, found.title) for found in catalogue.once_only(eforms.load({"components": [field]}))]


class TestOnceOnly:
    @pytest.mark.parametrize(
        ("key", "label", "item"),
        [
            ("x", "姓名", "population.person.name"),
            ("x", "申请人姓名（与证件一致）", "population.person.name"),
            ("x", "身份证号码 *", "population.person.identity_number"),
            ("x", "企业名称", "entities.entity.name"),
            ("born_on", "何时出生", "population.person.born_on"),
            ("person_name", "称呼", "population.person.name"),
            ("entities_entity_address", "在何处", "entities.entity.address"),
        ],
    )
    def test_a_field_is_known_by_its_label_other_words_and_key(self, key, label, item):
        assert [found[:2] for found in asked(key, label)] == [(key, item)]

    @pytest.mark.parametrize(
        ("key", "label"), [("x", "店铺名称"), ("address", "详细地址"), ("name", "宠物叫什么"), ("code", "取件码")]
    )
    def test_words_that_may_mean_anything_accuse_nobody(self, key, label):
        assert asked(key, label) == []

    def test_a_field_that_is_prefilled_or_has_a_reason_may_stay(self):
        assert asked("x", "姓名", catalogue="population.person.name") == []
        assert asked("x", "姓名", asks_again="问的是孩子的姓名") == []
        assert asked("x", "姓名", asks_again="  ") != []

    def test_an_item_that_is_not_in_the_catalogue_is_named(self):
        assert asked("x", "代码", catalogue="entities.firm.credit_code") == [("x", "entities.firm.credit_code", "")]

    def test_rows_are_looked_at_too(self):
        row = {"type": "textfield", "key": "who", "label": "姓名"}
        form = eforms.load({"components": [{"type": "dynamiclist", "path": "people", "components": [row]}]})

        assert [found.key for found in catalogue.once_only(form)] == ["who"]

    @pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
    def test_no_form_of_the_platform_asks_again(self, path):
        assert catalogue.once_only(eforms.load(path.read_bytes())) == ()
