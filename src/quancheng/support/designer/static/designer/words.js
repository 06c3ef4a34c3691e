/* What bpmn-js and dmn-js say, in Chinese; in other languages they say it in English. */
(function () {
  "use strict";
  const WORDS = {
    "Activate hand tool": "抓手工具", "Activate lasso tool": "框选工具", "Activate create/remove space tool": "增减间距工具",
    "Activate global connect tool": "连线工具", "Create start event": "开始事件", "Create end event": "结束事件",
    "Create intermediate/boundary event": "中间／边界事件", "Create gateway": "网关", "Create task": "任务",
    "Create data object reference": "数据对象", "Create data store reference": "数据存储",
    "Create expanded sub-process": "展开的子流程", "Create pool/participant": "泳池", "Create group": "分组",
    "Append end event": "追加结束事件", "Append gateway": "追加网关", "Append task": "追加任务",
    "Append intermediate/boundary event": "追加中间／边界事件", "Append {type}": "追加{type}", "Add text annotation": "添加文字注释",
    "Change element": "更换类型", "Change type": "更换类型", Delete: "删除", Remove: "删除", "Connect to other element": "连接到其他元素",
    "Connect using association": "用关联连接", "Connect using sequence/message flow or association": "用顺序流、消息流或关联连接",
    "Set color": "颜色", "Open minimap": "打开缩略图", "Search in diagram": "在图中查找", Search: "查找",
    "Start event": "开始事件", "End event": "结束事件", "Intermediate throw event": "中间抛出事件",
    "Message start event": "消息开始事件", "Timer start event": "定时开始事件", "Message end event": "消息结束事件",
    "Error end event": "错误结束事件", "Escalation end event": "升级结束事件", "Signal end event": "信号结束事件",
    "Compensation end event": "补偿结束事件", "Terminate end event": "终止结束事件",
    "Message intermediate catch event": "等待消息", "Message intermediate throw event": "发出消息",
    "Timer intermediate catch event": "等待时间", "Signal intermediate catch event": "等待信号",
    "Signal intermediate throw event": "发出信号", "Escalation intermediate throw event": "发出升级",
    "Compensation intermediate throw event": "触发补偿", "Timer boundary event": "定时边界事件",
    "Message boundary event": "消息边界事件", "Error boundary event": "错误边界事件", "Signal boundary event": "信号边界事件",
    "Escalation boundary event": "升级边界事件", "Compensation boundary event": "补偿边界事件",
    "Timer boundary event (non-interrupting)": "定时边界事件（不中断）",
    "Message boundary event (non-interrupting)": "消息边界事件（不中断）",
    "Signal boundary event (non-interrupting)": "信号边界事件（不中断）",
    "Escalation boundary event (non-interrupting)": "升级边界事件（不中断）",
    Task: "任务", "User task": "人工任务", "Service task": "自动任务", "Send task": "发送任务", "Receive task": "接收任务",
    "Manual task": "线下任务", "Business rule task": "决策任务", "Script task": "脚本任务", "Call activity": "调用流程",
    "Sub-process (collapsed)": "子流程（折叠）", "Sub-process (expanded)": "子流程（展开）", "Sub-process": "子流程",
    "Event sub-process": "事件子流程", "Ad-hoc sub-process": "自由子流程", Transaction: "事务",
    "Exclusive gateway": "排他网关", "Parallel gateway": "并行网关", "Inclusive gateway": "包容网关",
    "Complex gateway": "复杂网关", "Event-based gateway": "事件网关", "Parallel multi-instance": "多实例（并行）",
    "Sequential multi-instance": "多实例（顺序）", Loop: "循环", Collection: "集合", "Sequence flow": "顺序流",
    "Default flow": "默认分支", "Conditional flow": "条件分支",
    "Start Event": "开始事件", "End Event": "结束事件", "User Task": "人工任务", "Service Task": "自动任务",
    "Send Task": "发送任务", "Receive Task": "接收任务", "Manual Task": "线下任务", "Business Rule Task": "决策任务",
    "Call Activity": "调用流程", "Sub Process": "子流程", "Exclusive Gateway": "排他网关", "Parallel Gateway": "并行网关",
    "Inclusive Gateway": "包容网关", "Event Based Gateway": "事件网关", "Sequence Flow": "顺序流",
    "Boundary Event": "边界事件", "Intermediate Catch Event": "中间捕获事件", "Intermediate Throw Event": "中间抛出事件",
    "Text Annotation": "文字注释", "Data Object Reference": "数据对象", Association: "关联", Participant: "泳池", Lane: "泳道",
    Group: "分组", Process: "流程", Collaboration: "协作",
    "Token Simulation": "令牌模拟", "Hit policy": "命中策略", "Add rule": "添加规则", "Add input": "添加输入", "Add output": "添加输出", "View DRD": "查看决策图",
    "View Decision Table": "查看决策表", "Edit": "编辑", Inputs: "输入", Outputs: "输出", Input: "输入", Output: "输出",
    Annotations: "备注", When: "当", Then: "则", And: "且", Unique: "唯一", First: "首个", Priority: "优先", Any: "任一",
    Collect: "汇总", "Rule order": "规则顺序", "Output order": "输出顺序",
  };
  const chinese = document.documentElement.lang.startsWith("zh");
  const translate = (template, replacements = {}) =>
    ((chinese && WORDS[template]) || template).replace(/\{([^}]+)\}/g, (whole, name) => {
      const found = replacements[name];
      return found === undefined ? whole : (chinese && WORDS[found]) || found;
    });
  window.QcDesignerTranslate = { translate: ["value", translate] };
  window.QcDesignerWords = chinese ? WORDS : {};
})();
