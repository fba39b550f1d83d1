// Without web fonts: the system's, as on the demo's pages.
import theme from "vitepress/theme-without-fonts";
import "../../../www/shared/tokens.css";
import "./style.css";

export default theme;
