"""A plan -> tables people read, the workbook, the summary and the folder of CSV."""
