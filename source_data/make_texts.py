"""Make the two texts that character models learn from: `texts/harbour.txt` and `texts/manual.txt`.

    python source_data/make_texts.py [FOLDER]

FOLDER is by default the folder `texts` beside this file. The texts are in two clearly different styles: prose about a
harbour town, in the past tense, with long sentences; and instructions for machines, in the imperative, with numbers.
Both are ASCII, one paragraph a line, with an empty line between paragraphs, and the same bytes on every machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

from grammar import Grammar, split

LENGTH = 60_000

PEOPLE = [
    ("Maren", "she", "her"),
    ("the old lamplighter", "he", "his"),
    ("the ferryman", "he", "his"),
    ("the baker's widow", "she", "her"),
    ("the pilot's daughter", "she", "her"),
    ("Anselm the ropemaker", "he", "his"),
    ("a boy with a tin whistle", "he", "his"),
    ("the harbour master", "he", "his"),
    ("the schoolteacher", "she", "her"),
    ("the sailmaker", "he", "his"),
    ("the girl from the chandler's shop", "she", "her"),
    ("the net-mender", "she", "her"),
    ("a sailor from the south", "he", "his"),
    ("the customs clerk", "he", "his"),
    ("old Ysolde", "she", "her"),
    ("the keeper of the light", "he", "his"),
    ("Tobias", "he", "his"),
    ("the doctor's wife", "she", "her"),
    ("the bell-ringer", "he", "his"),
    ("Hanne from the salt works", "she", "her"),
]

HARBOUR = {
    "time": """before the first bell|when the fog lifted|in the blue hour before dawn|late in the afternoon|
        after the rain|on the shortest day of the year|when the lamps were lit|toward evening|at slack water|
        in the grey of the morning|all through that winter|long past midnight|at the turn of the tide|
        in the first warm week of April|on the eve of the regatta|once the market had emptied|that summer|
        in the year of the great storm|on still nights|between two showers|when the herring came|
        in the last week of September|at the hour when bread is taken from the ovens|as soon as the ice broke""",
    "soft": """the fog|the morning light|the smell of tar|the sound of the bell|a thin wind|the smoke of the chimneys|
        a smell of wet rope|the first snow|a long low swell|the shadow of the church|a scent of oranges|
        the noise of the shipyard|the last of the sun|a warm and salty air|the song of the capstan|the evening""",
    "moved": """crept|drifted|settled|wandered|came softly|spread|rose and fell|travelled|lingered|passed|stole|
        went quietly|hung for a while|made its way""",
    "over": """over the roofs|between the masts|along the quay|up the narrow streets|across the dark water|
        through the rigging|past the custom house|under the arches of the fish market|around the {adj} headland|
        into the courtyards|down the steps of the chapel|over the {adj} stones of the mole|through the open windows|
        along the sea wall|among the upturned boats|beyond the breakwater""",
    "adj": """pale|silent|weathered|crooked|narrow|bright|patient|lonely|silver|grey|gentle|forgotten|ancient|
        slender|drowsy|salt-white|moonlit|wind-bent|half-empty|sleepless|blue|restless|small|sunken""",
    "thing": """lantern|shell|coil of rope|letter|basket of eels|compass|folded chart|bundle of sailcloth|brass key|
        clay pipe|bowl of plums|jar of lamp oil|loaf of dark bread|ship in a bottle|violin case|pocket watch|
        wreath of dried heather|bucket of mussels""",
    "token": """shell|compass|folded letter|brass key|clay pipe|pocket watch|smooth stone|bone needle|glass bead|
        silver thimble|ticket for the ferry|pressed flower|stub of blue chalk|foreign coin|wooden top""",
    "worn": """smooth with use|worn thin|that nobody else had seen|wrapped in a scrap of sailcloth|dark with age|warm as a small animal|faded by salt""",
    "like": """like a {adj} thought|like breath on a window|like a {adj} bird that will not land|like an old promise|
        like a ship without a crew|like the lid of a {adj} box|like a guest who has come too early|
        like wool on a loom|like a hand laid on a shoulder|like the pages of a wet book|like a {adj} road|
        like a word in another language|like something remembered in sleep|like coins on the bottom of a well""",
    "did": """walked down to the quay|stood at the end of the pier|climbed the stairs to the lookout|
        crossed the little bridge by the mill|waited beside the {adj} steps|sat on the sea wall|
        went home by the longer way|stopped in front of the sailmaker's window|leaned on the rail of the ferry|
        came out of the {adj} chapel|rowed to the middle of the bay|lingered under the arches of the market|
        turned into the lane behind the brewery|looked out from an upper room|followed the cliff path""",
    "gerund": """listening to {heard}|counting the {many}|with a {thing} under {his} arm|thinking of {past}|
        humming a tune without an end|carrying a {thing}|watching the {many}|saying nothing to anyone|
        remembering {past}|with {his} collar turned up against the wind|hoping for {hope}|
        as if {fancy}|as though {fancy}""",
    "heard": """the cry of gulls above the fish market|the water under the planks|a distant accordion|the creak of the cranes|
        the buoy that tolled beyond the bar|the rain in the gutters|the tapping of halyards against the masts|
        the slow speech of the tide|a dog that barked on the far shore|the sound of footsteps on the stairs""",
    "many": """masts|lights on the other shore|gulls|lanterns of the fleet|empty windows|boats that had come home|
        stars above the lighthouse|waves between one bell and the next|chimneys|clouds that came in from the west""",
    "past": """a brother who had sailed for the islands|the summer of the dry wells|{his} mother's blue kitchen|
        the night the breakwater gave way|a {adj} house in another town|the first ship {he} had ever seen|
        a promise made on the ferry|the names of the drowned|a song that nobody sang any more|
        the winter when the bay froze over|the orchards inland|a face seen once at the market""",
    "hope": """a letter from the north|calmer weather|one more hour of light|a sail on the horizon|
        news of the missing boat|a sign of spring|the return of the swifts|an end to the long rain""",
    "fancy": """the whole town were holding its breath|the sea had asked a question|time had come to anchor there|
        someone had called {his} name from the water|the houses were about to put to sea|
        nothing in the world could ever be lost|the night were a room with one door|winter could be talked out of coming|
        the stones remembered every footstep|there were no other towns""",
    "sea": """the tide drew back over the stones|gulls wheeled above the {adj} roofs|
        the lighthouse turned its slow white arm|the fleet came home with its lamps burning|
        the boats knocked softly against each other|the water lay as flat as slate|the swell lifted the {adj} buoys|
        a {adj} barge slid past the custom house|the harbour filled with {adj} light|the rain walked in from the sea|
        the nets hung drying in long brown curtains|the moon laid a {adj} path across the bay|
        the channel ran narrow and deep|the wind went round to the north|the church bell counted the hours|
        swallows stitched the air above the ropewalk""",
    "town": """nobody locked a door|the windows were the colour of honey|children raced paper boats in the gutters|
        the women called to each other across the lane|bread and tar could be smelled in every street|
        the old men argued about the weather|a {adj} cat slept on every warm stone|
        the shutters were painted blue against the evil eye|the clocks never quite agreed|
        every family had an empty chair|strangers were fed before they were questioned|
        somebody was always mending something""",
    "truth": """the sea gives back only what it does not need|a harbour is a door that stands open on both sides|
        a town by the water never belongs to itself alone|whoever waits long enough learns the language of the tide|
        nothing that floats is ever quite at rest|the way out and the way home are the same water|
        a light is lit for those who cannot see it yet|weather is only the mood of something very large|
        every rope remembers the hand that made it|old boats die more slowly than old men|
        silence has its tides as well|those who stay behind travel too, in their own fashion""",
    "saying": """You will hear it before you see it|It was colder the year your father left|The fish know more than we do|
        There is always one more boat|Leave the lamp where it is|Nobody drowns in a good story|
        She sails on Thursday, if the wind agrees|I have forgotten the words, but not the tune|
        Wait until the {many} are gone|Bring me a {thing}, and I will tell you the rest|
        The bay was full of {adj} sails once|Take the {thing} with you, it belongs to the sea|
        Even the {adj} ones come home in the end|You can smell the snow in it""",
    "opening": """{time}, {soft} {moved} {over}, and {sea}.|{time}, {sea}, and {soft} {moved} {over} {like}.|
        {soft} {moved} {over} {like}, and {time} {town}.|{time} {sea}; {town}, and {soft} {moved} {over}.|
        there was a {adj} light {over} {time}, and {sea}.""",
    "person": """{time}, {who} {did}, {gerund}.|{who} {did}, {gerund}, while {soft} {moved} {over}.|
        {who} {did} {time}, {gerund}, and {sea}.|while {sea}, {who} {did}, {gerund}.|
        it was {time} that {who} {did}, {gerund}.""",
    "more": """{he} {did} again, {gerund}, until {sea}.|for a while {he} thought of {past}, and {soft} {moved} {over}.|
        in {his} pocket {he} kept a {token}, {worn}, from {past2}.|{he} had never told anyone of {past}.|
        then {he} put down the {thing} and hoped for {hope}, {gerund}.|
        "{saying}," {he} said, and {did}, {gerund}.|"{saying}," {he} used to say when {sea}.|
        to {he2} it seemed as if {fancy}; {he} {did}, and {soft} {moved} {over}.""",
    "past2": """the time before the war|a journey to the islands|the bottom of the bay|{his} grandmother's chest|
        the wreck on the sandbar|a fair in the hills|the hands of a stranger|the first voyage of all""",
    "thought": """in that town {town}, and {truth}.|they say that {truth}; {time}, it was easy to believe.|
        {truth}, and so {town} even when {sea}.|perhaps {truth}.|{town}, {time} more than ever, for {truth}.|
        so it had always been: {sea}, {town}, and {soft} {moved} {over}.""",
    "close": """and still {sea}.|after that there was only {heard}, and {soft} that {moved} {over}.|
        far out, {sea}, {like}.|{soft} {moved} {over} once more, {like}, and then {sea}.|
        nobody spoke; {sea}, and the {many} were {adj} {like}.|by then {sea}, and {town}.""",
}


def harbour() -> str:
    """Return the prose."""
    grammar = Grammar(HARBOUR | {"who": [str(n) for n in range(len(PEOPLE))]}, seed=1871)
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < LENGTH:
        number = int(grammar.deal("who"))
        who, he, his = PEOPLE[number]
        words = {"who": who, "he": he, "his": his, "he2": "him" if he == "he" else "her"}
        shape = ["opening", "person", "more", "thought", "close"]
        turn = len(paragraphs) % 4
        if turn == 1:
            shape = ["person", "more", "more", "close"]
        elif turn == 2:
            shape = ["opening", "thought", "person", "more"]
        elif turn == 3:
            shape = ["thought", "person", "more", "opening", "close"]
        neutral = {"his": "the", "he": "one", "he2": "them"}
        sentences = [
            grammar.sentence(rule, **(words if rule in ("person", "more") else neutral)) for rule in shape
        ]
        paragraphs.append(" ".join(sentences))
    return "\n\n".join(paragraphs) + "\n"


MACHINES = """belt conveyor|hydraulic press|bench drill|screw compressor|packing machine|centrifugal pump|band saw|
    centre lathe|paddle mixer|vacuum furnace|bottle washer|label printer|sheet folder|gear cutter|dust extractor|
    cooling tower|fork stacker|plate heat exchanger|grain elevator|spot welder"""

MANUAL = {
    "rotor": """drive shaft|feed roller|cutter head|spindle|coupling|tension pulley|fan wheel|worm gear|impeller|
        mixing drum|drive belt|crankshaft|flywheel""",
    "fixed": """gearbox|chain guide|support bracket|clamping jaw|pressure plate|pump housing|motor flange|
        limit switch|cooling jacket|filter housing|cable duct|main bearing|base frame|sealing ring""",
    "part": "{rotor}|{fixed}",
    "guard": """safety guard|access door|rear cover|inspection hatch|belt cover|side panel|control cabinet|terminal box""",
    "fastener": """hexagon bolts|locking screws|clamping nuts|flange bolts|set screws|retaining bolts|cap screws""",
    "valve": """inlet valve|outlet valve|drain valve|relief valve|bypass valve|shut-off valve|bleed valve""",
    "gauge": """pressure gauge|temperature display|flow meter|oil level indicator|speed indicator|load indicator""",
    "reading": """the pressure gauge reads {small} bar|the temperature display reads {small} degrees Celsius|
        the flow meter reads {tenth} l per minute|the oil level indicator reaches the upper mark|
        the speed indicator reads {large}|the load indicator reads zero|the {signal} goes out|the {signal} comes on""",
    "oil": "hydraulic oil|gear oil|mineral oil|synthetic oil",
    "grease": "lubricating grease|lithium grease|bearing grease",
    "fluid": "{oil}|cooling water|compressed air|cleaning fluid",
    "tool": """torque wrench|lifting sling|bearing puller|cable tester|grease gun|hex key|soft mallet|box spanner""",
    "signal": "red lamp|green lamp|yellow lamp|fault lamp|ready lamp|service lamp",
    "button": "START button|RESET button|JOG button|TEST button|foot pedal|UP button|DOWN button",
    "stop": "STOP button|emergency stop|main switch|safety lever",
    "who": """a qualified electrician|trained personnel|the service department|the supplier|
        the person responsible|an authorised technician""",
    "small": "2|3|4|5|6|8|10|12|15|16|18|20|24|25|28|30|32|35|36|40|45|48|50|54|60|63|70|75|80",
    "large": "100|110|120|125|140|150|160|180|200|220|250|280|300|320|350|400|450|500|560|630|700|800|900|950",
    "tenth": "0.1|0.2|0.3|0.4|0.5|0.6|0.8|1.2|1.5|1.6|1.8|2.4|2.5|3.5|4.5|5.5|6.5|7.5",
    "period": """every {small} operating hours|once a week|before each shift|every {small} days|once a month|
        after every {large} cycles|at least twice a year|every {large} operating hours|at the end of each shift""",
    "damage": "cracks|wear|corrosion|leaks|loose connections|foreign matter|discoloration|deformation",
    "state": """the machine is at a standstill|the supply is disconnected|the {gauge} reads zero|the {signal} is off|
        the {guard} is closed|the {part} has cooled down|the {valve} is closed|the {stop} is released""",
    "fault": """the motor does not start|the {rotor} vibrates|the {rotor} is noisy in operation|the {signal} flashes|
        the {part} overheats|the {gauge} shows no reading|the {valve} does not close|the pressure drops below {small} bar|
        {fluid} escapes at the {fixed}|the {rotor} stops during operation|the speed varies by more than {small} percent""",
    "cause": """the {fastener} of the {part} are loose|the {part} is worn|the level of {oil} is too low|
        the {guard} is not fully closed|the {valve} is blocked|the supply voltage is too low|the {rotor} is misaligned|
        the filter is dirty|the {gauge} is defective|the {stop} is still engaged""",
    "gradual": """open the {valve} slowly|turn the {rotor} by hand|fill in {oil}|hold the {button} down|
        drain the {oil} into a suitable container|run the machine without load|close the {valve} by degrees""",
    "service": """remove the {guard}|tighten the {fastener} of the {part} to {small} Nm|
        loosen the {fastener} of the {part} by {small} mm|check the {part} for {damage}|
        clean the {part} with a dry cloth|drain the {oil} into a suitable container|fill in {tenth} l of {oil}|
        align the {rotor} with the {fixed}|measure the clearance at the {part} with a feeler gauge|
        replace the {part}|turn the {rotor} by hand through one full revolution|
        lubricate the {rotor} with {tenth} g of {grease}|disconnect the cable of the {fixed}|
        lift the {part} out of the {fixed}|mark the position of the {fixed}""",
    "do": """open the {valve} slowly|close the {valve} completely|press the {button}|release the {stop}|
        fit the {guard}|{service}|set the pressure to {small} bar|set the speed to {large} revolutions per minute|
        wait until {reading}|connect the {valve} to the {fixed}|{service}|{service}|{service}""",
    "intro": """this section describes the {topic} of the {machine}.|
        read this section before you begin with the {topic} of the {machine}.|
        the {topic} of the {machine} may be carried out by {who} only.|
        the steps below apply to the {topic} of the {machine} with serial numbers from {large}.|
        allow about {small} minutes for the {topic} of the {machine}.|
        keep these instructions for the {topic} near the {machine}.""",
    "step": """{do}.|{do}, then {do}.|make sure that {state}, then {do}.|{do} and wait {small} seconds.|
        {gradual} until {reading}.|if {fault}, {do}.|have a {tool} at hand before you {service}.|{service}, then check that {state}.|
        after {small} minutes, {do}.|do not {service} unless {state}.""",
    "warning": """WARNING: do not {service} while the {rotor} is turning.|
        CAUTION: the {part} can reach {small} degrees Celsius; wait {small} minutes before you {service}.|
        WARNING: {fluid} under pressure can cause injury; make sure that {state} before you {service}.|
        NOTE: the {signal} comes on when {state}.|CAUTION: never operate the {machine} when {cause}.|
        WARNING: only {who} may {service}.|NOTE: in most cases {cause} when {fault}.""",
    "fact": """the {rotor} is driven by a motor of {tenth} kW at {large} revolutions per minute.|
        the {fixed} is held by {small} {fastener}.|the {gauge} is located {large} mm above the {fixed}.|
        the {valve} limits the pressure to {small} bar.|the {part} has a width of {large} mm and a mass of {small} kg.|
        the {machine} consists of the {rotor}, the {fixed} and the {fixed}.|
        the {guard} protects the operator from the {rotor}.|
        when the {stop} is pressed, the {rotor} stops within {tenth} seconds.|
        the {signal} indicates that {state}.|the permissible clearance of the {rotor} is {tenth} mm.|
        the {machine} is designed for a load of {large} kg and an ambient temperature of {small} degrees Celsius.|
        {fluid} flows through the {valve} to the {fixed} at {tenth} l per minute.""",
    "care": """check the {part} for {damage} {period}.|replace the {part} {period}, or earlier if {fault}.|
        {period}, {service}.|lubricate the {rotor} with {grease} {period}.|the {oil} must be changed {period}.|
        have the {part} inspected by {who} {period}.|record the reading of the {gauge} {period}.""",
    "cure": """if {fault}, a possible cause is that {cause}; {service}.|if {fault} although {state}, {service}.|
        fault {large}: {fault}. Cause: {cause}. Remedy: {service}.|
        when {fault}, press the emergency stop, then {service}.|
        if the {signal} stays on after {small} seconds, {cause}; {service}.|if {fault} again, contact {who}.""",
}

TOPICS = [
    ("Description", "layout and function", "fact"),
    ("Transport and installation", "installation", "step"),
    ("Start-up", "start-up", "step"),
    ("Operation", "operation", "step"),
    ("Maintenance", "maintenance", "care"),
    ("Troubleshooting", "correction of faults", "cure"),
]


def manual() -> str:
    """Return the instructions."""
    grammar = Grammar(MANUAL, seed=1949)
    paragraphs: list[str] = []
    for chapter, machine in enumerate(grammar.dice.shuffled(split(MACHINES)), start=1):
        for number, (title, topic, rule) in enumerate(TOPICS, start=1):
            words = {"machine": machine, "topic": topic}
            paragraphs.append(f"{chapter}.{number} {title} of the {machine}")
            paragraphs.append(grammar.sentence("intro", **words))
            sentences = [grammar.sentence(rule, **words) for _ in range(4)]
            if rule == "step":
                paragraphs += [f"({letter}) {text}" for letter, text in zip("abcd", sentences, strict=True)]
            else:
                paragraphs.append(" ".join(sentences))
            if number != 1:
                paragraphs.append(grammar.sentence("warning", **words))
        if sum(map(len, paragraphs)) >= LENGTH:
            break
    return "\n\n".join(paragraphs) + "\n"


TEXTS = {"harbour.txt": harbour, "manual.txt": manual}


def main(folder: Path) -> None:
    """Write the texts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in TEXTS.items():
        (folder / name).write_bytes(make().encode("ascii"))
        print(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "texts")
