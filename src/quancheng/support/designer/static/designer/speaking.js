/* What form-js and the play of tokens write without asking anybody for a translation, in Chinese; in other languages it
   stays English. Only a library's own whole sentences are known here: what people have written is left alone. */
(function () {
  "use strict";
  if (!document.documentElement.lang.startsWith("zh")) return;
  const FIELDS = {
    textfield: "单行文本", textarea: "多行文本", number: "数字", datetime: "日期时间", expression: "表达式", filepicker: "文件上传",
    checkbox: "复选框", checklist: "多选", radio: "单选", select: "下拉选择", taglist: "标签选择", text: "说明文字", html: "HTML 内容",
    image: "图片", table: "表格", documentPreview: "文件预览", spacer: "空白", separator: "分隔线", group: "分组",
    dynamiclist: "可增减的分组", iframe: "嵌入页面", button: "按钮", default: "表单",
  };
  const WORDS = {
    // The play of tokens
    "Token Simulation": "流转演示", "Reset Simulation": "重新开始演示", "Play Simulation": "继续演示",
    "Pause Simulation": "暂停演示", "Play/Pause Simulation": "继续或者暂停演示", "Toggle Simulation Log": "显示或者隐藏演示记录",
    "Simulation Log": "演示记录", "No Entries": "还没有记录", Close: "关闭", "Set Sequence Flow": "改走另一条路径",
    "Trigger Event": "触发事件", "Found unsupported elements": "图中有不能演示的元素", "Not supported": "不能演示",
    Finished: "演示结束", "Add pause point": "在此暂停", "Remove pause point": "取消暂停", "Toggle pause point": "在此暂停或者不暂停",
    "Intermediate Event": "中间事件",
    // Where fields are taken from
    Form: "表单", Components: "字段", "Search components": "查找字段", "Clear content": "清空", "No components found.": "没有找到字段。",
    Input: "填写", Selection: "选择", Presentation: "展示", Containers: "容器", Action: "操作",
    "Build your form": "从这里开始设计表单", "Drag and drop components here to start designing.": "把左边的字段拖到这里。",
    "Use the preview window to test your form.": "下面可以看到填表人见到的样子。", "Drag and drop components here.": "把字段拖到这里。",
    "Remove form field": "删除字段", "Select a form field to edit its properties.": "选择一个字段，编辑其属性。",
    "Multiple form fields are selected. Select a single form field to edit its properties.": "已选择多个字段，请只选择一个。",
    // The panel
    General: "基本", Condition: "显示条件", Layout: "布局", Appearance: "外观", Validation: "校验", Constraints: "限制",
    Serialization: "保存格式", "Custom properties": "自定义属性", "Security attributes": "安全属性", "Static options": "固定选项",
    "Dynamic options": "动态选项", "Options source": "选项来源", "Options expression": "选项表达式", "List of items": "列表",
    "Headers source": "表头来源", "Header items": "表头", Content: "内容", Repeatable: "可重复", Columns: "列数", Path: "变量路径",
    "Field label": "字段名称", "Field description": "填写说明", "Group label": "分组名称", "Table label": "表格名称", Title: "标题",
    "Date label": "日期名称", "Time label": "时间名称", "Alternative text": "替代文字", Key: "变量名", ID: "标识", Type: "类型",
    Label: "名称", Value: "值", Subtype: "类型", Column: "列", Text: "文字", URL: "网址", Height: "高度",
    "Binds to a form variable": "对应的表单变量", "Default value": "默认值", "Read only": "只读", Disabled: "停用", Required: "必填",
    Minimum: "最小值", Maximum: "最大值", "Minimum length": "最少字数", "Maximum length": "最多字数",
    "Validation pattern": "校验格式", "Custom regular expression": "自定义正则表达式", "Custom error message": "自定义错误提示",
    Custom: "自定义", Email: "电子邮箱", Phone: "电话", Prefix: "前缀", Suffix: "后缀", Increment: "步长", "Decimal digits": "小数位数",
    "Output as string": "按文字保存", "Allows arbitrary precision values": "可以保存任意精度的数", "Use 24h": "24 小时制",
    "Time interval": "时间间隔", "Time format": "时间格式", "Disallow past dates": "不可选过去的日期", Searchable: "可查找",
    Date: "日期", Time: "时间", "Date & time": "日期和时间", "Date and time": "日期和时间",
    "Form submission": "提交表单", Submit: "提交", Reset: "重填", "Target value": "目标值", "Compute on": "何时计算",
    "Value changes": "值变化时", Expression: "表达式", "Image source": "图片来源", "Show outline": "显示边框",
    "Vertical alignment": "垂直对齐", Top: "靠上", Center: "居中", Bottom: "靠下", Auto: "自动",
    "Allow add/delete items": "可以增加和删除", "Default number of items": "默认项数", "Disable collapse": "不可折叠",
    "Number of non-collapsing items": "不折叠的项数", Pagination: "分页", "Number of rows per page": "每页行数",
    "Data source": "数据来源", "Upload multiple files": "可以上传多个文件", "Supported file formats": "可上传的文件类型",
    "Document reference": "文件引用", "Max height of preview container": "预览区最大高度", "Version tag": "版本标记",
    "Input values key": "选项所在变量", Checked: "已勾选", "Not checked": "未勾选", "<none>": "无", "<empty>": "（空）",
    "Height of the container in pixels.": "容器高度，单位像素。", "Expression or static value (link/data URI)": "表达式，或者固定的地址。",
    "Define which input property to populate the values from": "从哪个变量取选项。",
    "Define an expression to populate the options from.": "用表达式给出选项。",
    "Define an expression to calculate the value of this field": "用表达式计算该字段的值。",
    "Specify the source from which to populate the table": "表格数据的来源。",
    "Specify an expression to populate column items": "用表达式给出各列。",
    "Where the child variables of this component are pathed to.": "其中各字段的变量所在的路径。",
    "Version tag by which this form can be referenced.": "引用该表单时使用的版本标记。",
    "Hide if": "隐藏条件", "Deactivate if": "隐藏条件", "Condition under which the field is hidden": "符合条件时隐藏该字段。",
    "Toggle section": "展开或者收起", "Section contains an error": "其中有错误", "Section contains edits": "其中有改动",
    "Toggle list item": "展开或者收起", "Delete item": "删除", "Create new list item": "增加一项", Create: "增加",
    "Open documentation": "打开说明", "Open pop-up editor": "在大窗口中编辑", "Opened in popup": "已在大窗口中打开",
    "FEEL expression is mandatory": "只能填写 FEEL 表达式", "Click to set a dynamic value with FEEL expression": "改用 FEEL 表达式",
    "Click to remove FEEL expression": "不用 FEEL 表达式", "Set a dynamic value with FEEL expression": "改用 FEEL 表达式",
    // What is wrong
    "Must not be empty": "不能为空", "Must not be empty.": "不能为空。", "Must be unique.": "不能与其他字段相同。",
    "Must not contain spaces.": "不能含有空格。", "Must be number": "应当是数字", "A number is required.": "请填写数字。",
    "Should be a valid number": "应当是数字", "Should be a valid number.": "应当是数字。", "Should be an integer.": "应当是整数。",
    "Should be greater than zero.": "应当大于零。", "Should be greater than or equal to zero.": "不能小于零。",
    "Must be a variable or a dot separated path.": "应当是变量名，或者以点分隔的路径。",
    "Must be a variable or a dot-separated path": "应当是变量名，或者以点分隔的路径",
    "Must be empty, a variable or a dot-separated path": "应当为空、是变量名，或者是以点分隔的路径",
    "Must not conflict with other key/path assignments.": "与其他字段的变量名或者路径冲突。",
    "Must not be a prohibited path.": "不能使用这个路径。", "Must not contain numerical path segments.": "路径的各段不能是数字。",
    "Value must be a number.": "应当是数字。",
  };
  const PATTERNS = [
    [/^Create an? (.+) element$/, (name) => `添加${name}`],
    [/^List contains (\d+) items?$/, (number) => `共 ${number} 项`],
    [/^Set animation speed = (.+)$/, (speed) => `演示速度：${SPEEDS[speed] || speed}`],
    [/^Remove (.+)$/, (name) => `删除${name}`],
  ];
  const SPEEDS = { Slow: "慢", Normal: "中", Fast: "快" };
  const KINDS = Object.values(FIELDS);
  // In these, people's own words stand: the drawing itself, and the form as it will be.
  const THEIRS = "svg, .fjs-form";
  const LIBRARYS = ".fjs-context-pad, .fjs-empty-editor, .fjs-empty-component, .fjs-editor-selection-frame";

  function said(text) {
    const known = WORDS[text] || window.QcDesignerWords[text];
    if (known) return known;
    for (const [pattern, saying] of PATTERNS) {
      const found = pattern.exec(text);
      if (found && (pattern !== PATTERNS[3][0] || KINDS.includes(found[1]))) return saying(found[1]);
    }
    return "";
  }

  const theirs = (element) => element.closest(THEIRS) && !element.closest(LIBRARYS);

  function speakText(node) {
    const before = node.data.trim();
    if (!before || !node.parentElement || theirs(node.parentElement)) return;
    const after = said(before);
    if (after) node.data = node.data.replace(before, after);
  }

  function speakMarks(element) {
    if (theirs(element)) return;
    ["title", "aria-label", "placeholder"].forEach((name) => {
      const after = said(element.getAttribute(name) || "");
      if (after) element.setAttribute(name, after);
    });
  }

  function speak(node) {
    if (node.nodeType === Node.TEXT_NODE) speakText(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    speakMarks(node);
    node.querySelectorAll("[title], [aria-label], [placeholder]").forEach(speakMarks);
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) speakText(texts.currentNode);
  }

  /* Translate what stands in `box` and what will: what is already Chinese is known to no list, so this comes to rest. */
  function listen(box) {
    speak(box);
    new MutationObserver((changes) =>
      changes.forEach((change) => {
        if (change.type === "childList") change.addedNodes.forEach(speak);
        else if (change.type === "characterData") speakText(change.target);
        else speakMarks(change.target);
      }),
    ).observe(box, {
      childList: true, subtree: true, characterData: true, attributes: true,
      attributeFilter: ["title", "aria-label", "placeholder"],
    });
  }

  /* A part for form-js: its kinds of field, and the names that new fields begin with. */
  function Names(formFields) {
    Object.entries(FIELDS).forEach(([type, name]) => {
      const config = formFields.get(type)?.config;
      if (!config) return;
      config.name = name;
      if (config.label) config.label = name;
    });
  }
  Names.$inject = ["formFields"];

  window.QcDesignerSpeaking = { listen, module: { __init__: ["qcNames"], qcNames: ["type", Names] } };
})();
