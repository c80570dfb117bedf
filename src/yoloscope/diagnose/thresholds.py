"""Every number that decides whether a rule speaks: the one file that is tuned. Its digest stands in every report of the proof.

Marks: [V] read in a source, [M] measured on public trainings, [P] a proposal to be calibrated. Names begin with the rule's id.
"""

import hashlib
from pathlib import Path

# --- common ---------------------------------------------------------------------------------------------------------
EMA_ALPHA = 0.3
WINDOW_LEAST = 12  # epochs; W = max(12, 0.1 E)
WINDOW_SHARE = 0.1
WINDOW_MOST = 32  # epochs that are remembered
GAINS = (0.002, 0.005)  # rises of mAP50-95 that `stale` counts from
COURSES = ("metrics/mAP50-95", "train/total")  # series remembered as a whole, thinned
COURSE_POINTS = 40
WAIT_LEAST = 12  # epochs; rules on metrics wait until max(12, 0.15 E)
WAIT_SHARE = 0.15
CUT_MUTE = 3  # epochs before and after a cut
CUT_LR_FALL = 0.5  # [P] lr by that of the epoch before: a step of the schedule, while
CUT_LR_LIVE = 0.05  # [P] of the highest rate; below it a schedule ends by steps that are large in proportion alone
STEP_CLEARS = 50
FALLS_Z = -3.1  # corrected Z
MARKS = ("spike", "overflow", "clipped", "explosion", "data_wait", "slow_step")

# --- preflight (P) --------------------------------------------------------------------------------------------------
P_NAMES_MOST = 8  # classes named in a sentence
P01_WITHOUT = 0.2  # of the images have no label file or an empty one; [P]
P01_WITHOUT_CRITICAL = 0.6  # [P]
P01_TINY = 0.01  # of the boxes have a side below 2 px at the input's size; [P]
P01_COVERING = 0.005  # of the boxes cover more than 98 % of their image; [P]
P01_MEAN_MOST = 1.0  # brightness; [V] UMLAUT: inputs belong within [-1, 1]
P01_OVERHANGING = 0.02  # of the boxes reach beyond their image by 5 % of it; [P]
P02_RATIO = 10.0  # most by least instances of a class; [V] SageMaker ClassImbalance
P02_RATIO_WARNING = 50.0  # [P]
P02_INSTANCES = 50  # [P] of the rarest class, where others have ten times as many
P02_CLS_PW = 0.25  # [V] PR 23565: 0.25 to 0.5
P03_MOST = 0.1  # of the images; [V] YOLOv5 tips: 0 to 10 % background, COCO has 1 %
P03_WARNING = 0.4  # [P]
P03_PRECISION = 0.5  # without any background image
P04_TINY = 0.25  # of the boxes below 8 px, the stride of the finest head; [P]
P04_SMALL = 0.5  # of the boxes below 16 px; [P]
P04_SIZE_LEAST = 960  # px; [V] maintainers (ultralytics 20657, 22164)
P04_SIZE_MOST = 1280  # px
P04_SIZE_STEP = 1.5
P04_SCALE = 0.3  # [V] maintainers (12757): 0.2 to 0.3
P04_MOSAIC = 0.5
P05_SHARED = 0.005  # of the validation images are in the training split; [P]
P05_ALIKE = (
    0.1  # of the validation images look nearly as one of the training split; [M] own textures: up to 0.05 by chance
)
P05_MAP50 = 0.99  # before P05_EARLY of the budget, from scratch; [P] after UMLAUT's 0.95 of accuracy
P05_MAP = 0.95
P05_EARLY = 0.2
P06_DEFAULTS = {"lr0": 0.01, "momentum": 0.937}  # [V] Ultralytics cfg/default.yaml
P06_SAME = 1e-9
P06_ADAM_BELOW = 0.005  # a rate below was meant for AdamW (0.001), not for SGD (0.01)
P07_EPOCHS = 50
P07_PATIENCE = 20  # epochs; [M] 20 alone stops too early in 43 % of runs, hence a fifth of the budget as well
P07_SHARE = 0.2
P08_BATCH = 4  # images of a card; [V] YOLOv5 tips: small batches give poor statistics of BatchNorm
P08_NOMINAL = 16.0  # batches to a step: nbs / batch; [P]

# --- numerics and optimisation (N) ----------------------------------------------------------------------------------
N_GRACE = 3  # epochs; [M] from scratch the training loss rises at epoch 2, since it is divided by the targets assigned
N_SPAN_SHARE = 0.35  # of the budget: the window of rules that ask whether a loss falls, within the two limits below
N_SPAN_LEAST = 8  # epochs
N_SPAN_MOST = 20  # epochs; [V] SageMaker's and trainspotter's windows are of this order
N_LR_LIVE = 0.05  # of the peak; below it neither updates nor gradients say whether the rate fits
N_LR_STEP_LEAST = 0.2  # [P] by how much advice on lr goes down at most
N_LR_STEP_MOST = 5.0  # [P] and up
N_SGD_LR = 0.01  # [V] the usual rates
N_ADAM_LR = 0.001
N01_HUGE = 1e3  # times the median; [V] AutoTrainer
N01_START_STEP = 10  # NaN before it is a matter of data or AMP
N01_GRADIENT_RISE = 5.0  # of the largest among the last 20 batches by the median: an explosion came before
N01_LOOP = 2  # repeated epochs
N02_EPOCHS = 3
N02_STUCK_MAP = 0.3  # mAP50-95; [P] an unfinished training, not one that has converged
N03_CLEARS = 500  # batches: weights are counted in few of them
N04_OVERFLOWS = 3  # [P] in 1,000 batches; GradScaler tries a doubling every 2,000, which can cost one overflow
N04_FROM_STEP = 500  # the first halvings look for the scale
N04_SCALE_LEAST = 128.0  # [P]
N05_RATIO = 10.0  # times the median norm of 200 batches; [V] runmedic
N05_Z = 8.0  # of the logarithm; [V] trainspotter says 10 of the norm itself
N05_FROM_STEP = 100
N05_COUNT = 3  # in 1,000 batches
N05_LOSS_RISE = 1.5  # median of the last 20 batches by that of the 20 before: the loss goes with it
N05_WARMUP = 5.0  # epochs, in advice
N06_NORM = 10.0  # [V] max_norm in the trainers of Ultralytics and YOLOv5
N06_SHARE = 0.8  # of the batches; [V] trainspotter
N06_SEEN = 500  # batches
N06_PER_IMAGE = 30.0  # [M] own recordings: 5 to 23; losses are summed over the batch, so that healthy ones clip too
N06_FLAT_FALL = 0.01  # of the training loss over the window: with less, clipping holds the training back
N07_RELATIVE = 1e-7  # gradient by weight; [V] SageMaker, DeepDiagnosis
N07_RATIO = 1e-3  # first by last group; [V] AutoTrainer
N07_NORM = 1e-4  # [V] AutoTrainer
N07_SHARE = 0.8  # of the samples
N07_SAMPLES = 10
N07_SAMPLES_LEAST = 5
N08_HOT = 1e-2  # [P] around cs231n's 1e-3; SageMaker's 10 and 1e-8 never speak
N08_COLD = 1e-5
N08_AIM = 1e-3
N08_GROUPS = 0.5
N08_EPOCHS = 5
N08_FLAT_FALL = 0.01  # of the training loss over the window: then the ratio is a cause for a warning
N09_RATIO = 2e-7  # change by weight in one step; [V] UnchangedTensor's 1e-5 over the 50 steps of the catalogue
N09_EPOCHS = 3
N10_VARIATION = 0.5  # detrended, of medians of 4 batches; [M] own recordings of healthy trainings: 0.17 to 0.30
N10_PROGRESS = 0.98  # median of the last 100 batches by that of the 100 before
N10_WILD = 1.0  # [M] beyond it a falling median does not excuse: the recording with lr 0.5 has 1.5
N10_BATCHES = 300
N10_EPOCHS = 3
N10_BLOCKS_LEAST = 25
N10_EPOCH_VARIATION = 0.12  # detrended, of 10 epochs; [M] P99 0.115, hit 3 of 80
N10_EPOCH_WINDOW = 10
N10_UNTIL = 0.3  # of the budget
N10_LR_HIGH = 3.0  # times the usual rate
N11_LR = 0.05  # of the peak
N11_RATIO = 1e-5
N11_FALL = 0.02
N11_RISE = 0.01  # of mAP50-95
N11_CUT_UNTIL = 0.6  # of the budget: schedules are at 5 % of their peak in their last tenth; [P]
N11_EARLY = 0.8  # of the budget: rates that end before it were wasted on what is left
N12_FALL = 0.01  # [M] fired 8/80; SageMaker's 0.1 % is meant for steps
N12_Z = -1.0
N12_UNTIL = 0.7  # of the budget
N12_MAP = 0.85  # mAP50-95 from which on there is nothing left to fall for
N12_SHARE = 0.2  # of the budget: in 500 epochs a loss may rest for twenty; [M] 6 of 65 public trainings without this and the look at mAP, none with both
N12_RISING = 0.01
N12_LR_STEP = 3.0
N13_RISE = 1.5  # times the least; [V] trainspotter, [M] 3/80
N13_TWICE = 2.0
N13_VAL_LEAST = (
    100.0  # a sum of losses that no model with finite sense gives; [M] own trainings with healthy rates: below 25
)
N13_VAL_TIMES = 20.0  # times the training loss
N13_VAL_EPOCHS = 3
N13_Z = 3.1  # not corrected: the rise itself makes neighbours alike, and half above the least is effect enough
N13_LR_STEP = 3.0
N13_GRACE_LEAST = 5  # epochs
N13_GRACE_SHARE = 0.25  # [M] healthy trainings from scratch need 3 to 8 epochs until their losses mean something
N13_GRACE_MOST = 12
N14_RATIO = 2.0  # times the median; [V] runmedic 1.5
N14_Z = 8.0  # of the logarithm; [V] trainspotter 6, runmedic 8
N14_FROM_STEP = 100
N14_COUNT = 3  # in 1,000 batches: a warning
N15_RATIO = 10.0  # noise scale by batch; [P], after McCandlish et al. 2018
N15_STEPS = 1_000
N15_VARIATION = 0.05  # detrended, of 10 epochs of the training loss; [M] P50 0.015, P95 0.072
N15_EPOCHS = 10

# --- components of the loss (L) -------------------------------------------------------------------------------------
L01_START = 0.373  # 1 - CIoU of a .pt start, as 2.8 of 7.5; [M] P99 of 102
L01_START_CRITICAL = 0.5  # 3.75 of 7.5; [M] beyond the maximum of 102 from .pt
L01_SCRATCH_EPOCH = 3  # [M] own trainings of 10 batches an epoch: healthy ones begin as high, and have fallen by then
L01_SCRATCH = 0.6  # 4.5 of 7.5; [M] 0 of 123
L_ERRORS_EPOCHS = 5  # over which mistakes are summed
L_ERRORS_FROM = 10  # epochs; [M] own trainings: until then healthy ones confuse classes as often
L_ERRORS_PLACED = 0.5  # of what is seen has a box that fits; [P]
L_ERRORS_WRONG = 0.48  # of the boxes that fit have the wrong class; [M] own trainings: healthy ones 0.15 to 0.40 by then, mixed labels 0.55 to 0.95
L04_STEADY = (
    0.95  # of the share five epochs before: it does not fall; [M] own trainings: in healthy ones it falls by 10 to 40 %
)
L08_STEADY = 0.85
L04_GAIN_LEAST = 0.05  # a tenth of the default gain; [P]
L08_APART = 1.25  # val/cls_loss by train/cls_loss: the splits disagree; [M] own trainings: 1.0 with wrong training labels, 1.35 to 1.8 with wrong validation labels
L01_TENTH = 0.293  # at epoch 10, .pt start, 2.2 of 7.5; [M] P95 is 0.263
L01_TENTH_EPOCH = 10
L01_BUDGET_LEAST = 20  # epochs; in a shorter training the tenth is no early one
L01_YOLOV5 = 0.94  # 1 - CIoU; [M] P95 of 33 is 0.87, the most that a loss can be is about 1
L01_USUAL = 0.63  # CIoU above which 99 % of trainings from .pt start; [M]
L01_YOLOV5_LAYERS = 3  # [V] its hyperparameter is multiplied by 3 / layers, and the loss is a sum over layers
L02_SWING = 0.6  # (max - min) / median of the total
L02_TURN = 0.5  # of that swing: what counts as a turn
L02_TURNS = 3  # [M] public trainings: 0 in 20 epochs, own recordings: 0 in 50 medians of 4 batches
L02_SHARE = 0.6  # cov(component, total) / var(total)
L02_WINDOW = 20  # epochs
L02_GRACE = 5  # epochs
L03_CLS_SHARE = 0.1  # of its start
L03_CLS = 0.005  # [M] 18 % of 33 YOLOv5 runs end below 0.002, most of them of one class
L03_OBJ_FALL = 0.15
L03_EPOCHS = 20
L03_FROM_EPOCH = 5
L03_MAP_RANGE = 0.01
L03_MAP_SIGMAS = 2.0
L03_BACKGROUND = 0.6  # of the errors are background or missed
L03_PR = 0.3
L03_FLAT = 0.01
L04_BOX_FALL = 0.03
L04_CLS_FLAT = 0.01  # [M] 0/80
L04_GAIN = 0.5  # [V] default of Ultralytics
L05_Z = 2.33
L05_RISE = 0.03  # [M] 0/80 before mosaic closes
L05_RISE_WARNING = 0.1
L05_FROM = 0.3  # of the budget
L06_FALL = 0.05
L06_RAW_RISE = 0.03
L06_Z = 3.1
L06_FACTOR = 2.0  # by which a weight changes within the window
L07_SHARE = 0.95  # of ln 16, the loss of a uniform distribution; [V] theory, [M] P95 from scratch 4.18 of 4.16
L07_BINS = 16  # [V] reg_max
L07_FROM_EPOCH = 5
L08_CIOU = 0.75
L08_CLS = {"ultralytics": 1.05, "yolov5": 0.01}  # [M] medians of public trainings at 0.3 E
L08_MAP50 = 0.3
L08_FROM = 0.3  # of the budget

# --- generalisation and metrics (G) ---------------------------------------------------------------------------------
G01_RISE = 1.05  # [M] EMA of val/cls_loss by its least; 1.02 flagged 12 % of public trainings, one of six falsely
G01_RISE_ZERO = 1.5  # [M] the same while mAP is 0: the loss of a model that finds nothing wavers
G01_VAL_Z = 1.64  # [M] uncorrected
G01_TRAIN_Z = -2.33  # [M] uncorrected
G01_STALE = 10  # [M] epochs without a gain of 0.002
G01_FEW_IMAGES = 100  # [P] training images; YOLOv5 tips ask for 1,500 a class
G01_FEW_EPOCHS = 15  # [P] times that each was seen
G01_FEW_BEHIND = (
    1.15  # [M] validation by training loss; own trainings: 1.16 to 1.46 on 24 and 32 images, 0.9 to 1.1 on 160
)
G02_TRAIN_Z = -3.1  # [M] uncorrected; with -2.33 G01 and G02 flagged 12 % of public trainings, with this 7 %
G02_MAP_Z = 1.0  # [M] uncorrected, of the EMA
G02_VAL_Z = 2.33  # [M] uncorrected; 1.64 warned of one training that recovered
G02_STALE = 20  # [M] epochs without a gain of 0.002, or
G02_STALE_SHARE = 0.2  # [M] of the budget; 0.15 with no wait for LATE was false in 4 of 9 alarms
G03_STALE = 30  # [M] epochs without a gain of 0.005, or
G03_STALE_SHARE = 0.3  # [M] of the budget
G03_UNTIL = 0.9  # [M] of the budget
G03_MAP_LEAST = 0.05  # [P] below it nothing has been learnt that could be saturated
G04_MAP = 0.01  # [M] mAP50, with 1 of 80 trainings below
G04_FALLS = 0.8  # [P] of the highest training loss: below it something is learnt
G04_EPOCHS_PRETRAINED = 10  # [P]
G04_EPOCHS_SCRATCH = 25  # [P], or
G04_SHARE_SCRATCH = 0.45  # [M] of the budget where that is less: own short trainings need 3 to 8 of 28
G04_EPOCHS_LEAST = 10  # [P]
G05_MAP = 0.05  # [P] mAP50
G05_EPOCHS = 20  # [P] or
G05_SHARE = 0.2  # [P] of the budget
G05_QUANTILE = 0.1  # [P] of the project's runs at this epoch
G05_PEERS = 10  # [P] fewer have no such quantile
G05_SLOPE = 0.001  # [P] mAP50-95 an epoch
LATE = 0.3  # [P] of the budget: from here on metrics tell something of the end
G06_GAP = 0.25  # [M] 6 % of trainings pass it
G06_EPOCHS = 5
G07_RATIO = 0.45  # [M] 2 % of trainings are below
G07_MAP50 = 0.3  # [P]
G07_DISPLACED = 2.0  # boxes that do not fit by those that do; [M] own trainings: healthy ones below 1 from the first epochs with any mAP on
G07_SEEN = 0.25  # of the objects missed
G07_CIOU = 0.62  # of the training boxes: they fit
G08_RATIO = 0.25  # [P] of the median class
G08_INSTANCES = 20  # [P] in the validation set
G08_DROP = 0.15  # [P] AP50 below its own best
G08_LEVEL = 0.00135  # [P] three sigma, as a rate of false discoveries among the classes
G09_Z = -3.1  # [P] corrected
G09_FALL = 0.03  # [P] recall of small objects over the window
G09_STEADY_Z = -1.64  # [P] corrected: recall of all does not fall
G09_RATIO = 0.5  # [P] of the recall of medium objects
G09_RECALL_MEDIUM = 0.2  # [P] below it nothing is found yet
G10_SIGMA = 4.0  # [M] 22 to 32 % of trainings pass 6 where mosaics close
G10_RELATIVE = 0.05  # [P] of the level: a step that can be seen
G11_FAST = 0.8  # [V] of the drop
G11_SLOW = 0.95  # [V]
G11_EPOCHS_LEAST = 8  # [P]
G11_DROP_LEAST = 0.02  # [P] of the start
G11_EARLY = 5  # [P] epochs: a fast fall that ends before is too short
G11_MAP_LOW = 0.1  # [P]
G11_LATE = 0.5  # [P] of the budget
G12_Z = 3.1  # [P] corrected
G12_GAIN = 0.01  # [P] mAP50-95 over the last fifth
G12_SHARE = 0.2
G12_FROM = 0.9  # of the budget, without mosaics
G12_EPOCHS_FACTOR = 1.5
G13_NOISE = 0.02  # [M] P90 is 0.028
G13_NOISE_WARNS = 0.06  # [M] with few instances as well: P95 of the noise is 0.05
G13_INSTANCES = 200  # [P]
G13_CLASS_INSTANCES = 20  # [P]
G14_CHANCE = 0.3  # that an image comes twice alike by itself; of eight images all then do once in 15,000 epochs
G14_REPEATS = 0.9  # [P] share of fixed samples that look as they did in an earlier epoch
G14_RATIO = 0.7  # [P] training by validation loss
G14_FROM = 3  # [P] epoch, up to the 12th: later a training that overfits shows the same
G14_EPOCHS = 10  # [M] all of them below: 4 would do for 3 of 69 public trainings, 10 for 2

# --- system (S) -----------------------------------------------------------------------------------------------------
S_SEEN = 100  # batches; the first ones warm caches and compile
S01_SHARE = 0.3  # of a batch's time is waiting for data; [V] runmedic 0.2 and 0.3
S01_SHARE_CRITICAL = 0.5
S01_UTIL = 30.0  # %; [V] mission; SageMaker says p95 below 70
S01_SECONDS = 300.0
S01_MOST_WORKERS = 16  # [P] beyond it disks and memory are the limit
S01_RAM = 2.0  # free memory that cache=ram wants, in sizes of the cached set; [V] code
S02_UTIL = 50.0  # %
S02_SHARE = 0.1
S02_MEMORY = 0.5  # of the card; [V] SageMaker BatchSize has 70 % for all three
S03_SLOWER = 1.4  # times the baseline; [V] trainspotter
S03_BATCHES = 200  # on either side, as far as the first 12 epochs hold so many
S03_MUCH_SLOWER = 2.0  # [M] of three epochs: neighbours on a shared machine make 1.4 to 1.7 of healthy trainings
S03_OUTLIER = 3.0  # times the median: a slow batch
S03_EPOCHS = 3
S03_BASELINE = 4  # epochs after the first, where nobody says how many batches they have
S03_COST = 0.15  # of the time is taken by slow batches
S03_COUNT = 10  # of 1,000 batches
S03_EDGES = 2.0  # times as many as there are epochs in these batches: each begins with a slow one
S04_EPOCHS = 8  # with three hits in a row ten are looked at
S04_AFTER = 2  # epochs in which memory still finds its level; [M] own recordings: the first one or two
S04_Z = 3.1
S04_GROWTH = 0.03  # of the card's memory; [V] SageMaker 5 % in code, 10 % in its docs
S04_STEADY = 0.5  # growth of the second half by that of the first: a leak goes on, a warm-up ends
S05_GROWTH = 0.03  # of the machine's or container's memory
S05_RELATIVE = 0.2  # of its own level; [V] runmedic
S05_LEAST_BYTES = 100 * 2**20  # [M] healthy trainings grow by 60 MB, then stay
S06_PEAK = 0.95  # of the card's memory; [P]
S06_BATCH = 0.75  # [P] of the batch that nearly fills the card
S07_SHARE = 0.05  # of five minutes; [P]
S07_CLOCK = 0.8  # of its own best
S07_UTIL = 90.0  # %
S08_FATAL = (46, 48, 64, 74, 79, 94, 95)  # XID; [V] NVIDIA's list for 46, 48, 64, 79
S08_WORN = (63,)  # a row of memory was replaced; reset soon
S08_APPLICATION = (13, 31, 43)  # a program's own fault first
S09_SPIKES = 3  # of 1,000 batches
S09_SAME = (
    1e-3  # relative difference of a loss that is computed again from the same state; [P] 1e-5 to 1e-4 is rounding
)
S10_SLOWER = 1.15  # slowest by fastest process
S10_UTIL = 50.0  # points of % between cards; [V] SageMaker LoadBalancing 0.5

# --- settings of validation (V), plain PyTorch (T), advice (A) ---------------------------------------------------------
V01_CONF = 0.01  # [V] Ultralytics validates at 0.001; AP is an area under the whole curve
V01_CONF_USUAL = 0.001
V01_CONF_WARNING = 0.1
V01_NMS_LOW = 0.5  # IoU; [V] 0.7 in Ultralytics, 0.6 in YOLOv5
V01_NMS_HIGH = 0.85
V01_MISSED = 0.2  # of the objects
V01_DUPLICATES = 0.2  # of the predictions [P]
V01_CROWDED = 5.0  # objects an image
V01_FULL = 0.5  # mean objects an image by max_det: fuller images than the mean lose some
V01_NMS_USUAL = 0.7
T01_DEAD = 0.5  # of a layer's units; [V] SageMaker DeadRelu, a unit is dead if active for less than 1 % of inputs; AutoTrainer 0.7
T02_SPREAD = 10.0  # of the layers' variances; [V] SageMaker PoorWeightInitialization
T02_EPOCHS = 3  # [V] patience 5 steps; an epoch is safer
T02_UNTIL = 6
T02_FALL = 0.01
A01_AIM = 1e-3  # update by weight; [R] cs231n
A01_LEAST = 0.2  # of the present rate, at the most so far at once
A01_MOST = 5.0
A01_NEAR = 2.0  # a factor within it is no advice
A01_EPOCHS = 5
A01_NOISE = 0.25  # of the noise scale is a batch that loses little; [R] McCandlish 2018

# --- liveness and history (H), forecast and answer ------------------------------------------------------------------
H01_LEAST_S = 120.0  # [V] SageMaker waits 1800
H01_TIMES = 5.0  # times the 95 % interval
H01_CRITICAL = 3.0  # times that
H01_FIRST_S = 1200.0  # until the first batch; [V] SageMaker MaxInitializationTime
H01_BETWEEN_S = 600.0  # validation that was never seen yet; [P]
H02_PEERS = 5  # [V] as the median pruner's startup runs
H02_PEERS_FEW = 3  # [P]
H02_PEERS_RANKS = 19  # [P] from here on the lowest rank is rarer than 1 in 20
H02_Z = -3.0  # [P] robust
H02_SPREAD_LEAST = 0.02  # [P] mAP50-95
H02_BUDGETS = 2.0  # [P] budgets further apart have other schedules
H02_SLOWER = 1.4  # [P] of the median batch time
H02_START_SPREAD = 0.1  # [P] of the median loss, at least
H02_HITS = 5
H02_NEAREST = 3
H03_DISTANCE = 0.05  # [P] Gower
# Of 44 public trainings that were completed the median error of the forecast was 0.043 at 30 % and 0.022 at 50 % of the budget (the last value:
# 0.121 and 0.055), and the interval held 83 %; weights and quantiles were calibrated on the same trainings, each left out in turn: 80 to 86 %.
FORECAST_EPOCHS_LEAST = 10  # [P]
FORECAST_SHARE_LEAST = 0.25  # [M] before, intervals hold 68 % instead of 80 %
FORECAST_GAIN = 0.5  # [M] weight of the expected gain in the scale of errors
FORECAST_LEFT = 0.1  # [M] weight of the budget that is left
FORECAST_LOW = 1.08  # [M] 10 % of errors lie below, by the scale
FORECAST_HIGH = 2.11  # [M] 10 % lie above
FORECAST_WORTH = 0.005  # mAP50-95; less is not worth an epoch
FORECAST_SAVES = 0.9  # of the budget: stopping later saves nothing to speak of
FORECAST_MAP_LEAST = 0.01  # [P] below it nothing has been learnt that could be continued
NOISE_WINDOW = 20
NOISE_LEAST = 8
ANSWER_EPOCHS = 8  # [P] before, there is nothing to judge by


def window(epochs: int | None) -> int:
    """Return W for a budget of so many epochs, as far as is remembered."""
    return min(WINDOW_MOST, max(WINDOW_LEAST, int(WINDOW_SHARE * (epochs or 0))))


def wait(epochs: int | None) -> int:
    """Return until which epoch rules that wait are silent."""
    return max(WAIT_LEAST, int(WAIT_SHARE * (epochs or 0)))


def digest() -> str:
    """Return the SHA-256 of this file."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
