"""What does the plan look like?"""

from planner.language import say
from planner.ui import address, components, drawn, runs

components.title("What does the plan look like?")
plan = runs.plan_needed()
chosen = address.shown(say("Picture"), drawn.titles(), "picture")
drawn.PICTURES[chosen](plan, plan.scenario.header.currency)
