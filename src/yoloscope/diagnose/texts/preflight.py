"""What P01-P08 say: data and arguments, before the first epoch."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "P01": Text(
        title=Told("The labels are not in order", "标注有问题"),
        what=Told(
            "The label files do not say what a YOLO training expects: class, centre, width, height, all relative to the image.",
            "标注文件不符合 YOLO 训练的要求：每行应为类别、中心点、宽、高，且都相对于图片尺寸。",
        ),
        why=Told(
            "A detector learns exactly what its labels say. No learning rate and no epoch count makes up for wrong ones.",
            "检测器学到的就是标注本身。标注错了，调学习率、加 epoch 都补不回来。",
        ),
        evidence={
            "class": Told(
                "Boxes of the {split} split with a class number outside the list of names: {count}.",
                "{split} 集中有 {count} 个框的类别序号超出了类别列表。",
            ),
            "without": Told(
                "{share:.0%} of the {images} images in the {split} split have no box: {missing} without a label file, {empty} with an empty one.",
                "{split} 集的 {images} 张图片中有 {share:.0%} 没有任何框：{missing} 张没有标注文件，{empty} 张的标注文件为空。",
            ),
            "outside": Told(
                "Boxes of the {split} split with coordinates beyond their image: {count}. They are probably in pixels, or not as centre, width, height.",
                "{split} 集中有 {count} 个框的坐标超出图片：很可能用的是像素坐标，或者不是“中心点加宽高”的格式。",
            ),
            "edges": Told(
                "{share:.1%} of the {boxes} boxes in the {split} split reach beyond the edge of their image. They are probably corners, where centre, width and height are expected.",
                "{split} 集的 {boxes} 个框中有 {share:.1%} 伸出了图片边缘：很可能写的是两个角点，而不是“中心点加宽高”。",
            ),
            "corrupt": Told(
                "{count} of the {images} images or label files in the {split} split cannot be used; a training leaves them out.",
                "{split} 集的 {images} 张图片中，有 {count} 张图片或其标注文件无法使用，训练会跳过它们。",
            ),
            "tiny": Told(
                "{share:.1%} of the {boxes} boxes in the {split} split are less than 2 px wide or high at the input's size.",
                "按输入尺寸计算，{split} 集的 {boxes} 个框中有 {share:.1%} 的宽或高不到 2 px。",
            ),
            "covering": Told(
                "{share:.1%} of the {boxes} boxes in the {split} split cover their whole image.",
                "{split} 集的 {boxes} 个框中有 {share:.1%} 几乎覆盖整张图片。",
            ),
            "mean": Told(
                "The images have a mean of {mean:.3g} when they enter the network; scaled to [0, 1] it would lie within.",
                "图片进入网络时的均值为 {mean:.3g}；如果已缩放到 [0, 1]，均值应在这个范围内。",
            ),
        },
        advice={
            "": Told(
                "Mend the export and write the labels again. Then delete the *.cache files beside the labels and look at labels.jpg and train_batch0.jpg before you train.",
                "先修正导出脚本并重新生成标注，再删除标注旁边的 *.cache 文件，训练前看一眼 labels.jpg 和 train_batch0.jpg。",
            ),
            "class": Told(
                "Compare names in data.yaml with the numbers in the label files: they count from 0. Then delete the *.cache files beside the labels.",
                "对照 data.yaml 里的 names 和标注文件里的序号：序号从 0 开始。改好后删除标注旁边的 *.cache 文件。",
            ),
            "without": Told(
                "Check whether the labels folder lies beside images and the file names match. If these images really show nothing, keep up to a tenth of them.",
                "检查 labels 目录是否与 images 并列、文件名是否对应。如果这些图片确实没有目标，保留到总数的十分之一就够了。",
            ),
            "outside": Told(
                "Divide x and width by the image's width, y and height by its height, and write the centre, not the corner. Then delete the *.cache files.",
                "把 x 和宽除以图片宽度、y 和高除以图片高度，并写中心点而不是左上角。改好后删除 *.cache 文件。",
            ),
            "edges": Told(
                "Draw some boxes on their images. If they lie wrong, convert corners (x1 y1 x2 y2) to centre, width and height, divide by the image's size, and delete the *.cache files.",
                "先把一些框画到图片上看看。位置不对的话，把角点（x1 y1 x2 y2）换成中心点加宽高，除以图片尺寸，再删除 *.cache 文件。",
            ),
            "tiny": Told(
                "Remove boxes of a pixel or two, they are mostly slips of the mouse; if they are real objects, train with a larger imgsz or on tiles.",
                "只有一两个像素的框多半是误点，删掉即可；如果确实是目标，请增大 imgsz 或切图训练。",
            ),
            "covering": Told(
                "Look at these images: a box around everything is mostly a default of the labelling tool. Remove it where it marks no object.",
                "看看这些图片：框住整张图往往是标注工具的默认值，没有对应目标的请删除。",
            ),
            "mean": Told(
                "Divide the pixels by 255 before they enter the network, once.",
                "图片送入网络前除以 255，只除一次。",
            ),
        },
        closes=Told("Closes when a new scan of the data finds none of it.", "重新扫描数据，问题不再出现后关闭。"),
        source="verify_image_label of Ultralytics (coordinates, class numbers); YOLOv5 tips for best training results; limits of shares proposed",
    ),
    "P02": Text(
        title=Told("Some classes are rare", "类别不平衡"),
        what=Told("One class has far more examples than another.", "各类别的样本数相差很大。"),
        why=Told(
            "A detector gives rare classes up first: their AP stays low while the mean still looks fine.",
            "检测器最先放弃的就是少数类：平均 mAP 看着还行，少数类的 AP 却一直很低。",
        ),
        evidence={
            "": Told(
                "{most} has {most_count} boxes, {least} has {count}: {ratio:.0f} times as many.",
                "{most} 有 {most_count} 个框，{least} 只有 {count} 个，相差 {ratio:.0f} 倍。",
            ),
            "rare": Told(
                "Boxes of {least}: {count}. Boxes of {most}: {most_count}.",
                "{least} 只有 {count} 个框，而 {most} 有 {most_count} 个。",
            ),
            "unseen": Told(
                "Judged in validation but never trained: {classes} ({count} in all).",
                "有 {count} 个类别只在验证集中出现、训练集里没有，例如 {classes}。",
            ),
        },
        advice={
            "": Told(
                "Collect more pictures of the rare class first: nothing works as well. Until then weigh classes by their frequency, and watch the AP by class, not the mean.",
                "先补充少数类的图片，没有比这更有效的办法。在此之前可以按频率给类别加权，并关注各类别的 AP，而不只是平均值。",
            ),
            "unseen": Told(
                "Split the data again so that every class is in both parts, or take these classes out of data.yaml.",
                "重新划分数据，让每个类别在两边都出现；或者从 data.yaml 中去掉这些类别。",
            ),
        },
        closes=Told(
            "Closes when the counts of a new data set lie closer together.", "数据集更新、类别数量更接近后关闭。"
        ),
        source="SageMaker Debugger ClassImbalance (10); Ultralytics PR 23565 (cls_pw); YOLOv5 issue 492; 50 instances proposed",
    ),
    "P03": Text(
        title=Told("The share of images without objects is unusual", "背景图比例异常"),
        what=Told(
            "Images without any box teach a detector what is not an object.",
            "没有任何框的图片教会检测器“什么不是目标”。",
        ),
        why=Told(
            "A few of them lower false alarms. Many of them slow the training down, and often they are labels that got lost.",
            "少量背景图能减少误检；太多会拖慢训练，而且往往说明标注丢失了。",
        ),
        evidence={
            "many": Told(
                "{backgrounds} of {images} training images have no box ({share:.0%}).",
                "{images} 张训练图片中有 {backgrounds} 张没有框（{share:.0%}）。",
            ),
            "none": Told(
                "None of the {images} training images is without objects, and precision stays at {precision:.2f}.",
                "{images} 张训练图片都有目标，没有背景图，而精确率停在 {precision:.2f}。",
            ),
        },
        advice={
            "many": Told(
                "Look at some of them: if they do show objects, labels are missing. If not, keep up to a tenth of the data.",
                "抽几张看看：如果图里有目标，就是漏标。如果确实没有，保留到总数的十分之一即可。",
            ),
            "none": Told(
                "Add 1 to 10 % images without objects from where the model will work, best those on which it raises false alarms now.",
                "加入 1%～10% 来自实际场景、没有目标的图片，优先选当前会误检的那些。",
            ),
        },
        closes=Told("Closes when between 0 and 10 % of the images are background.", "背景图占比回到 0～10% 后关闭。"),
        source="YOLOv5 tips for best training results (0-10 % background, COCO 1 %); 40 % proposed",
    ),
    "P04": Text(
        title=Told("The objects are small for this input size", "相对输入尺寸，目标太小"),
        what=Told(
            "After scaling to imgsz many objects are no larger than one cell of the finest feature map, 8 px.",
            "缩放到 imgsz 后，许多目标不比最精细特征图的一个格子（8 px）大。",
        ),
        why=Told(
            "What is smaller than a cell is hardly found and badly placed, however long you train.",
            "小于一个格子的目标很难被检出，定位也不准，训练多久都一样。",
        ),
        evidence={
            "tiny": Told(
                "At imgsz={imgsz:.0f}, {share:.0%} or more of the boxes in the {split} split are smaller than 8 x 8 px.",
                "imgsz={imgsz:.0f} 时，{split} 集中至少 {share:.0%} 的框小于 8 x 8 px。",
            ),
            "small": Told(
                "At imgsz={imgsz:.0f}, {share:.0%} or more of the boxes in the {split} split are smaller than 16 x 16 px.",
                "imgsz={imgsz:.0f} 时，{split} 集中至少 {share:.0%} 的框小于 16 x 16 px。",
            ),
        },
        advice={
            "": Told(
                "In this order: a larger imgsz ({larger}), with a smaller batch if memory is short; images cut into tiles, at prediction too (SAHI); a model with a P2 head; gentler scale and mosaic, which shrink objects further.",
                "按顺序尝试：增大 imgsz（{larger}），显存不够就减小 batch；把图片切块训练，预测时也切块（SAHI）；换带 P2 检测头的模型；降低 scale 和 mosaic，它们会让目标更小。",
            )
        },
        closes=Told("Closes when a run with a larger input, or on tiles, begins.", "用更大输入或切图重新训练后关闭。"),
        source="Ultralytics issues 20657, 22164, 12757; YOLOv5 tips; shares of 25 and 50 % proposed",
    ),
    "P05": Text(
        title=Told("Validation may not be independent", "疑似数据泄漏"),
        what=Told("Validation seems to contain what the model was trained on.", "验证集里似乎有训练时见过的内容。"),
        why=Told(
            "Metrics then measure memory, not skill: they look excellent here and fall on new pictures.",
            "这样的指标衡量的是记忆而不是能力：现在看着很好，换到新图片就会掉下来。",
        ),
        evidence={
            "shared": Told(
                "{share:.1%} of the {images} validation images are in the training split too.",
                "{images} 张验证图片中有 {share:.1%} 也在训练集里。",
            ),
            "alike": Told(
                "{share:.1%} of the {images} validation images look nearly the same as one in the training split: neighbouring frames, or a camera that stands still.",
                "{images} 张验证图片中有 {share:.1%} 与某张训练图片几乎一样：可能是相邻帧，或相机固定不动。",
            ),
            "early": Told(
                "From scratch, mAP50 reached {map50:.3f} and mAP50-95 {map:.3f} in epoch {epoch} of {epochs}. That is too good, too soon.",
                "从零开始训练，第 {epoch} 个 epoch（共 {epochs} 个）时 mAP50 就到了 {map50:.3f}，mAP50-95 到了 {map:.3f}，好得太早了。",
            ),
        },
        advice={
            "": Told(
                "Split the data again by video, place or day, not by image, so that neighbouring frames stay together. Then judge anew.",
                "按视频、地点或日期重新划分数据，而不是按单张图片划分，让相邻帧留在同一边，然后重新评估。",
            )
        },
        closes=Told("Closes with a new split of the data.", "重新划分数据后关闭。"),
        source="UMLAUT (validation accuracy above 0.95 early); trainspotter loss_floor; overlap of 0.5 % proposed",
    ),
    "P06": Text(
        title=Told("lr0 and momentum have no effect", "lr0 和 momentum 没有生效"),
        what=Told(
            "With optimizer=auto Ultralytics chooses optimizer, lr0 and momentum itself and ignores what you gave.",
            "optimizer=auto 时，Ultralytics 会自己决定优化器、lr0 和 momentum，你给的值会被忽略。",
        ),
        why=Told(
            "You compare runs by a setting that was the same in all of them.",
            "你以为在比较不同的学习率，其实每次训练用的都一样。",
        ),
        evidence={
            "": Told(
                "You gave {asked} together with optimizer=auto.",
                "你设置了 {asked}，同时 optimizer=auto。",
            )
        },
        advice={
            "": Told(
                "Name the optimizer as well: optimizer={optimizer}. Or leave these arguments out: auto is a sound choice.",
                "同时写明优化器：optimizer={optimizer}。也可以不写这些参数，auto 本身是稳妥的选择。",
            )
        },
        closes=Told("Closes when a run names its optimizer.", "下次训练写明优化器后关闭。"),
        source="BaseTrainer.build_optimizer of Ultralytics; 6 of 106 public runs",
    ),
    "P07": Text(
        title=Told("Early stopping cannot fire", "早停不会触发"),
        what=Told("patience is as long as the training, or off.", "patience 不小于训练总长，或已关闭。"),
        why=Told(
            "A run that stopped improving goes on to its end; the time could go to the next trial.",
            "不再提升的训练也会一直跑到结束，这些时间本可以用于下一次实验。",
        ),
        evidence={
            "": Told(
                "patience={patience:.0f} with {epochs} epochs.", "patience={patience:.0f}，而总共 {epochs} 个 epoch。"
            ),
            "off": Told(
                "patience=0 switches it off for all {epochs} epochs.", "patience=0，{epochs} 个 epoch 内都不会早停。"
            ),
        },
        advice={
            "": Told(
                "patience={fits} waits long enough: a fifth of the training. Much less than that often stops too early.",
                "patience={fits} 比较合适：约为总长的五分之一。再短常常会停得太早。",
            )
        },
        closes=Told("Closes when patience is shorter than the training.", "patience 小于训练总长后关闭。"),
        source="EarlyStopping of Ultralytics; 65 % of public runs; patience 20 alone is wrong in hindsight in 43 %",
    ),
    "P08": Text(
        title=Told("The batch is small", "batch 太小"),
        what=Told(
            "Batch normalisation takes mean and variance from the images of one card alone.",
            "批归一化（BatchNorm）的均值和方差只来自一张卡上的这几张图片。",
        ),
        why=Told(
            "From a handful of images these are guesses: training gets noisy, and validation differs from it.",
            "只有几张图片时，统计量不准：训练抖动大，验证时也会有偏差。",
        ),
        evidence={
            "": Told("Images that a card sees at once: {batch}.", "每张卡一次只看 {batch} 张图片。"),
            "accumulates": Told(
                "Only every {accumulate} batches of {batch} make one step (nbs={nbs}).",
                "每 {accumulate} 个 batch（每个 {batch} 张）才更新一次（nbs={nbs}）。",
            ),
        },
        advice={
            "": Told(
                "Use the largest batch that fits (batch=-1 finds it on one card). If none does: a smaller imgsz, freeze=10 when fine-tuning, or synchronised batch norm on several cards.",
                "用显存放得下的最大 batch（单卡可用 batch=-1 自动选择）。放不下时：减小 imgsz、微调时用 freeze=10，多卡时用同步 BatchNorm。",
            ),
            "accumulates": Told(
                "Lower nbs, or raise the batch: so many batches to a step make epochs of very few steps.",
                "降低 nbs 或增大 batch：累积太多 batch 才更新一次，每个 epoch 的更新次数就很少。",
            ),
        },
        closes=Told("Closes when more than 4 images are on a card.", "每张卡多于 4 张图片后关闭。"),
        source="YOLOv5 tips for best training results; nbs in BaseTrainer of Ultralytics; limits proposed",
    ),
}
