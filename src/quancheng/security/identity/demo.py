"""Builds the organisations of Jinan, and people of both zones to try everything with."""

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

CITY = "370100"
OFFICES = {"370100-12345", "370100-gjj", "370100-ggzy"}

DEPARTMENTS = {
    "bgt": ("济南市人民政府办公厅", "市政府办公厅"),
    "fgw": ("济南市发展和改革委员会", "市发展改革委"),
    "jyj": ("济南市教育局", "市教育局"),
    "kjj": ("济南市科学技术局", "市科技局"),
    "gxj": ("济南市工业和信息化局", "市工业和信息化局"),
    "mzzj": ("济南市民族宗教事务局", "市民族宗教局"),
    "gaj": ("济南市公安局", "市公安局"),
    "mzj": ("济南市民政局", "市民政局"),
    "sfj": ("济南市司法局", "市司法局"),
    "czj": ("济南市财政局", "市财政局"),
    "rsj": ("济南市人力资源和社会保障局", "市人力资源社会保障局"),
    "zrj": ("济南市自然资源和规划局", "市自然资源和规划局"),
    "sthj": ("济南市生态环境局", "市生态环境局"),
    "zjj": ("济南市住房和城乡建设局", "市住房城乡建设局"),
    "cgj": ("济南市城市管理局", "市城管局"),
    "yllh": ("济南市园林和林业绿化局", "市园林和林业绿化局"),
    "jtj": ("济南市交通运输局", "市交通运输局"),
    "swj": ("济南市城乡水务局", "市城乡水务局"),
    "nyj": ("济南市农业农村局", "市农业农村局"),
    "shwj": ("济南市商务局", "市商务局"),
    "wlj": ("济南市文化和旅游局", "市文化和旅游局"),
    "wjw": ("济南市卫生健康委员会", "市卫生健康委"),
    "tyjr": ("济南市退役军人事务局", "市退役军人局"),
    "yjj": ("济南市应急管理局", "市应急局"),
    "sjj": ("济南市审计局", "市审计局"),
    "wsb": ("济南市人民政府外事办公室", "市外办"),
    "gzw": ("济南市人民政府国有资产监督管理委员会", "市国资委"),
    "scjg": ("济南市市场监督管理局", "市市场监管局"),
    "tyj": ("济南市体育局", "市体育局"),
    "tjj": ("济南市统计局", "市统计局"),
    "ybj": ("济南市医疗保障局", "市医保局"),
    "xfj": ("济南市信访局", "市信访局"),
    "spfw": ("济南市行政审批服务局", "市行政审批服务局"),
    "dsj": ("济南市大数据局", "市大数据局"),
    "tzcj": ("济南市投资促进局", "市投资促进局"),
    "kawl": ("济南市口岸和物流办公室", "市口岸物流办"),
    "swuj": ("国家税务总局济南市税务局", "市税务局"),
    "xfjy": ("济南市消防救援支队", "市消防救援支队"),
    "qxj": ("济南市气象局", "市气象局"),
    "yzgl": ("济南市邮政管理局", "市邮政管理局"),
    "12345": ("济南市12345市民服务热线", "12345热线"),
    "gjj": ("济南住房公积金中心", "公积金中心"),
    "ggzy": ("济南公共资源交易中心", "公共资源交易中心"),
}

DISTRICTS = {
    "370102": "历下区",
    "370103": "市中区",
    "370104": "槐荫区",
    "370105": "天桥区",
    "370112": "历城区",
    "370113": "长清区",
    "370114": "章丘区",
    "370115": "济阳区",
    "370116": "莱芜区",
    "370117": "钢城区",
    "370124": "平阴县",
    "370126": "商河县",
}

# The identity numbers are made up: a real division, a birthday, any sequence, the right check digit.
CITIZENS = (
    ("wangxiaomei", "王小美", "370102199003150024", "13800530001", "wangxiaomei@example.com"),
    ("zhangwei", "张伟", "370103198507120015", "13800530002", "zhangwei@example.com"),
    ("lina", "李娜", "370104199211080027", "13800530003", ""),
    ("liuyang", "刘洋", "370105197803250031", "13800530004", ""),
)

STAFF = (
    ("window", "张敏", "370100-spfw", "综合窗口受理员"),
    ("lead", "李建国", "370100-spfw", "审批处处长"),
    ("chief", "孙志强", "370100-spfw", "局长"),
    ("market-licence", "王磊", "370100-scjg", "登记注册科科员"),
    ("market-food", "赵婷", "370100-scjg", "食品经营许可科科员"),
    ("fire", "陈刚", "370100-xfjy", "监督检查科科员"),
    ("urban", "周静", "370100-cgj", "户外广告管理科科员"),
    ("other", "郭芳", "370100-jyj", "办公室科员"),
    ("admin", "吴安", "370100-dsj", "系统管理员"),
    ("security", "钱卫", "370100-dsj", "安全管理员"),
    ("auditor", "郑明", "370100-dsj", "安全审计员"),
)

ADMINISTRATION = (
    "identity.organisation.read",
    "identity.organisation.create",
    "identity.organisation.rename",
    "identity.organisation.move",
    "identity.organisation.merge",
    "identity.organisation.split",
    "identity.organisation.close",
    "identity.organisation.withdraw-change",
    "identity.post.create",
    "identity.post.change-roles",
    "identity.account.read",
    "identity.account.create",
    "identity.account.deactivate",
    "identity.account.activate",
    "identity.account.set-password",
    "identity.certificate.bind",
    "identity.certificate.unbind",
    "identity.directory.import",
    "identity.staff.join",
    "identity.staff.invite",
    "identity.staff.move",
    "identity.staff.leave",
    "identity.staff.stay",
    "identity.appointment.make",
    "identity.appointment.end",
    "identity.delegation.make",
    "identity.delegation.end",
    "identity.session.read",
    "identity.session.end",
    "identity.client.read",
    "identity.client.register",
    "identity.client.change",
    "identity.client.renew-secret",
    "identity.client.remove",
    "pmi.emergency.take",
    "pmi.change.simulate",
)
OPERATION = (
    "pki.certificate.read", "pki.certificate.renew", "pki.certificate.revoke", "calendar.year.load",
    "calendar.rule.add-version", "pki.certificate.revoke-many",
    "pki.enrolment.read", "pki.enrolment.request", "pki.enrolment.request-many", "pki.enrolment.refuse",
    "pki.acme-key.read", "pki.acme-key.create", "pki.acme-key.withdraw",
    "pki.escrow.issue", "pki.recovery.read", "pki.recovery.request", "pki.recovery.withdraw", "pki.recovery.collect",
    "pki.recovery-officer.confirm",
)  # fmt: skip
AUDIT = (
    "identity.organisation.read", "identity.account.read", "trail.entry.read", "pmi.role.read", "pmi.rule.read",
    "pmi.why.read", "pmi.change.simulate", "trail.erasure.read", "trail.erasure.approve", "trail.erasure.refuse",
    "pmi.emergency.read", "pmi.emergency.review",
)  # fmt: skip
SECURITY = (
    "identity.organisation.read", "identity.account.read", "pmi.role.read", "pmi.rule.read", "pmi.why.read",
    "pmi.conflict.make", "pmi.conflict.end", "pmi.recusal.make", "pmi.recusal.end",
    "pmi.role.change", "pmi.role.withdraw", "pmi.change.simulate",
    "pmi.emergency.read", "pmi.emergency.review",
    "attributes.certificate.read", "attributes.certificate.revoke",
    "pki.enrolment.read", "pki.enrolment.approve", "pki.enrolment.refuse",
    "pki.recovery.read", "pki.recovery.approve", "pki.recovery-officer.offer", "pki.recovery-officer.dismiss",
    "trail.erasure.read", "trail.erasure.request",
)  # fmt: skip


def build() -> None:
    """Build the organisations in both zones; citizens where the extranet is served, staff where the intranet is."""
    _organisations()
    _roles()
    if zone.serves({zone.EXTRANET}):
        for username, name, number, mobile, email in CITIZENS:
            identity.ensure_account(
                username=username, name=name, kind="citizen", identity_number=number, mobile=mobile, email=email
            )
        # Of the staff only two have an account in the extranet: who edits the portal, and who watches over the site.
        identity.ensure_account(username="editor", name="林晓", kind="staff", is_superuser=True)
        identity.ensure_post(organisation="370100-bgt", title="门户网站编辑", holders=["editor"])
        identity.ensure_account(username="security", name="钱卫", kind="staff", email="security@quancheng.example")
        identity.ensure_post(organisation=CITY, title="安全管理员", holders=["security"])
    if zone.serves({zone.INTRANET}):
        for username, name, organisation, title in STAFF:
            identity.ensure_account(username=username, name=name, kind="staff", email=f"{username}@quancheng.example")
            identity.ensure_post(organisation=organisation, title=title, holders=[username])
        # The director is away for a week; the head of the office signs in the director's name.
        identity.ensure_delegation(
            organisation="370100-spfw", post="局长", giver="chief", deputy="lead", days=7, reason="赴省里参加培训"
        )
        identity.ensure_planned_name(
            organisation="370100-tzcj", name="济南市投资促进和会展局", short_name="市投资促进和会展局", days=60,
            document="济编发〔2026〕21号", reason="会展业促进职责划入",
        )  # fmt: skip
        identity.ensure_client(
            organisation="370100-scjg",
            name="市场监管执法办案系统",
            redirect_uri="https://zfba.scjg.quancheng.example/callback",
        )
        # Who keeps the accounts and who watches over them are never the same person.
        identity.ensure_post(
            organisation=CITY, title="用户与权限管理员", roles=["identity-administrator"], holders=["admin"]
        )
        identity.ensure_post(organisation=CITY, title="系统运维员", roles=["system-operator"], holders=["admin"])
        identity.ensure_post(organisation=CITY, title="安全管理员", roles=["security-officer"], holders=["security"])
        # The security officer stands aside from the matters of the own bureau.
        pmi.ensure_recusal(
            actor_id=identity.actor_of("security").id,
            actor_name="钱卫",
            subject="organisation:370100-dsj",
            reason="本人所在单位",
            organisation="370100/",
        )
        identity.ensure_post(organisation=CITY, title="安全审计员", roles=["auditor"], holders=["auditor"])
        identity.ensure_post(organisation=CITY, title="数据使用检查员", roles=["data-inspector"], holders=["auditor"])


def _organisations() -> None:
    identity.ensure_organisation(code=CITY, name="济南市人民政府", short_name="市政府", kind="GOVERNMENT")
    for rank, (suffix, (name, short_name)) in enumerate(DEPARTMENTS.items(), start=1):
        code = f"{CITY}-{suffix}"
        kind = "OFFICE" if code in OFFICES else "DEPARTMENT"
        identity.ensure_organisation(code=code, name=name, short_name=short_name, kind=kind, parent=CITY, rank=rank)
    for rank, (code, name) in enumerate(DISTRICTS.items(), start=101):
        identity.ensure_organisation(
            code=code, name=f"济南市{name}人民政府" if name.endswith("区") else f"{name}人民政府", short_name=name,
            kind="DISTRICT", parent=CITY, rank=rank,
        )  # fmt: skip
        identity.ensure_organisation(
            code=f"{code}-spfw", name=f"济南市{name}行政审批服务局" if name.endswith("区") else f"{name}行政审批服务局",
            short_name=f"{name}审批服务局", kind="DEPARTMENT", parent=code,
        )  # fmt: skip


def _roles() -> None:
    pmi.define_role(
        code="identity-administrator", title="用户与权限管理员", privileges=list(ADMINISTRATION), officer="SYSTEM"
    )
    pmi.define_role(code="system-operator", title="系统运维员", privileges=list(OPERATION))
    pmi.define_role(code="auditor", title="安全审计员", privileges=list(AUDIT), officer="AUDIT")
    # Looks into personal data for a declared purpose only.
    pmi.define_role(
        code="data-inspector",
        title="数据使用检查员",
        privileges=["population.person.read"],
        terms={"population.person.read": {"scope": "CITY", "purposes": ["数据使用检查", "投诉举报核查"]}},
    )
    pmi.define_role(code="security-officer", title="安全管理员", privileges=list(SECURITY), officer="SECURITY")
