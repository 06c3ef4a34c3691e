"""The form that the tests fill in, and an answer to it that is right."""

FORM = {
    "type": "default",
    "id": "open-restaurant",
    "components": [
        {
            "type": "group",
            "id": "G_person",
            "label": "申请人",
            "components": [
                {
                    "type": "textfield",
                    "key": "name",
                    "id": "F_name",
                    "label": "姓名",
                    "description": "与身份证件一致。",
                    "validate": {"required": True, "maxLength": 20},
                    "properties": {"catalogue": "population.person.name", "basis": "《行政许可法》第二十九条"},
                },
                {
                    "type": "textfield",
                    "key": "number",
                    "id": "F_number",
                    "label": "身份证号码",
                    "validate": {"required": True},
                    "properties": {"format": "identity-number"},
                },
                {
                    "type": "textfield",
                    "key": "mobile",
                    "label": "手机",
                    "properties": {"format": "mobile", "editable": "true"},
                },
            ],
        },
        {
            "type": "group",
            "id": "G_shop",
            "label": "店铺",
            "components": [
                {
                    "type": "number",
                    "key": "area",
                    "label": "面积",
                    "validate": {"required": True, "min": 1, "max": 5000},
                },
                {
                    "type": "number",
                    "key": "rent",
                    "label": "租金",
                    "properties": {"format": "money"},
                },
                {
                    "type": "radio",
                    "key": "kitchen",
                    "id": "F_kitchen",
                    "label": "厨房",
                    "validate": {"required": True},
                    "values": [{"value": "open", "label": "明厨"}, {"value": "none", "label": "无厨房"}],
                },
                {
                    "type": "textfield",
                    "key": "fuel",
                    "id": "F_fuel",
                    "label": "燃料",
                    "validate": {"required": True},
                    "conditional": {"hide": '=kitchen = "none"'},
                },
                {
                    "type": "checklist",
                    "key": "meals",
                    "label": "餐次",
                    "values": [{"value": "noon", "label": "午餐"}, {"value": "evening", "label": "晚餐"}],
                },
                {"type": "datetime", "subtype": "date", "key": "opens", "label": "开业日期"},
                {
                    "type": "select",
                    "key": "district",
                    "label": "区县",
                    "properties": {"options_from": "test.districts"},
                },
                {
                    "type": "select",
                    "key": "street",
                    "label": "街道",
                    "properties": {"options_from": "test.streets", "parent": "district"},
                },
            ],
        },
        {
            "type": "group",
            "id": "G_sign",
            "label": "店招",
            "conditional": {"hide": '=has_sign != "yes"'},
            "components": [{"type": "textfield", "key": "sign", "label": "文字", "validate": {"required": True}}],
        },
        {
            "type": "group",
            "id": "G_end",
            "label": "声明",
            "components": [
                {"type": "text", "id": "T_end", "text": "对真实性负责。"},
                {
                    "type": "filepicker",
                    "key": "plan",
                    "label": "平面图",
                    "accept": ".pdf,.png",
                    "properties": {"largest_mb": "1"},
                },
                {
                    "type": "checkbox",
                    "key": "promise",
                    "id": "F_promise",
                    "label": "我承诺",
                    "validate": {"required": True},
                },
                {"type": "button", "label": "提交"},
            ],
        },
    ],
}
GOOD = {
    "name": "李明",
    "number": "11010519491231002X",
    "area": "320",
    "rent": "12,000.50",
    "kitchen": "open",
    "fuel": "天然气",
    "meals": ["evening", "noon"],
    "opens": "2026-12-01",
    "district": "370102",
    "street": "370102001",
    "promise": "true",
}


def without(*keys, **changes):
    """GOOD without some keys, with changes."""
    return {key: value for key, value in {**GOOD, **changes}.items() if key not in keys}
