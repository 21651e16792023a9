"""Where the scripts look: the cells of the form, and which 二级指标 belongs under which 一级指标."""

SHEET = "绩效目标表"
HEAD = {
    "单位编码": "B2",
    "单位名称": "D2",
    "项目名称": "B3",
    "项目序号": "G3",
    "主管部门": "L2",
    "填报人": "L3",
    "电话": "L4",
    "年度": "N4",
    "预算数": "C4",
    "财政资金": "E4",
    "其他资金": "G4",
    "资金用途": "B5",
}
REQUIRED = ("单位编码", "单位名称", "项目名称", "资金用途")
# Rows and columns counted from 1, the last included.
OBJECTIVES = (6, 14)
TABLE = (17, 76)
COLUMNS = ("一级指标", "二级指标", "三级指标", "绩效指标描述", "符号", "值", "单位")
# Of the head, beside each indicator.
BESIDE = ("单位编码", "单位名称", "项目名称", "主管部门", "年度", "预算数", "财政资金")
LEVELS = {
    "产出指标": ("数量指标", "质量指标", "时效指标", "成本指标"),
    "效益指标": ("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标"),
    "满意度指标": ("服务对象满意度指标",),
}
LEVEL_OF = {level2: level1 for level1, below in LEVELS.items() for level2 in below}
YEARS = (2015, 2035)
VALUE = r"^\s*(≥|≤|=|>|<)?\s*(\d[\d,]*\.?\d*)\s*(\D*)$"
