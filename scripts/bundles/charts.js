// Of ECharts only what charts.js draws: bars, lines, heat maps, as SVG.
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, HeatmapChart, LineChart, SVGRenderer]);
use([AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent]);
window.qcECharts = { init };
