"""Reports of a map: figures gathered, told as an article, written as HTML, Markdown or JSON."""

from portolan.reporting.make import Reported, ReportOptions, make_report, report_of, save_texts, write_report

__all__ = ["ReportOptions", "Reported", "make_report", "report_of", "save_texts", "write_report"]
