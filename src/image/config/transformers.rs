//! `preprocessor_config.json` of Transformers.

use super::{Fields, Frame, PreprocessConfig, Resize, over_255, refusal};
use crate::image::Channels;
use crate::{Framing, Result};

pub(super) const MARKS: [&str; 6] = [
    "image_processor_type",
    "feature_extractor_type",
    "image_mean",
    "do_normalize",
    "do_rescale",
    "do_resize",
];

/// The defaults of an image processor, for fields that the file leaves out.
struct Processor {
    name: &'static str,
    /// Whether a size of one number is both sides, not the shorter one.
    is_square: bool,
    crops: bool,
}

const fn processor(name: &'static str, is_square: bool, crops: bool) -> Processor {
    Processor { name, is_square, crops }
}

/// The processors of classifiers.
const PROCESSORS: [Processor; 17] = [
    processor("ViT", true, false),
    processor("DeiT", true, true),
    processor("Beit", true, true),
    processor("Segformer", true, false),
    processor("Pvt", true, false),
    processor("Siglip", true, false),
    processor("DINOv3ViT", true, false),
    processor("EfficientNet", true, false),
    processor("Bit", false, true),
    processor("CLIP", false, true),
    processor("ViTHybrid", false, true),
    processor("ConvNext", false, false),
    processor("Levit", false, true),
    processor("MobileNetV1", false, true),
    processor("MobileNetV2", false, true),
    processor("MobileViT", false, true),
    processor("PoolFormer", false, true),
];

pub(super) fn read(fields: Fields<'_>) -> Result<PreprocessConfig> {
    let processor = processor_of(fields)?;
    refuse_others(fields)?;
    fields.only("do_resize", true, "true: models take pictures of one size")?;
    let (frame, size) = frame(fields, processor)?;
    let (mean, std) = normalisation(fields, processor.name)?;
    let is_flipped = fields.flag("do_flip_channel_order")?.unwrap_or(processor.name == "MobileViT");
    Ok(PreprocessConfig {
        size: Some(size),
        frame: Some(frame),
        interpolation: fields.needed("resample", fields.interpolation("resample")?)?,
        fill: [0; 3],
        channels: is_flipped.then_some(Channels::Bgr),
        mean,
        std,
        labels: None,
    })
}

/// The processor that the file names; without a name, one that is told everything.
fn processor_of(fields: Fields<'_>) -> Result<&'static Processor> {
    const NAMELESS: Processor = processor("", true, false);
    let named = fields.text("image_processor_type")?.or(fields.text("feature_extractor_type")?);
    let Some(given) = named else { return Ok(&NAMELESS) };
    let name = given.trim_end_matches("Fast").trim_end_matches("Pil");
    let name = name.trim_end_matches("ImageProcessor").trim_end_matches("FeatureExtractor");
    PROCESSORS.iter().find(|processor| processor.name == name).ok_or_else(|| {
        refusal(
            "image_processor_type",
            &given.into(),
            "ViT, DeiT, Beit, Segformer, Pvt, Siglip, DINOv3ViT, EfficientNet, Bit, CLIP, \
             ViTHybrid, ConvNext, Levit, MobileNetV1, MobileNetV2, MobileViT or PoolFormer, each \
             with ImageProcessor or FeatureExtractor",
        )
    })
}

/// Refuses steps that are not known here.
fn refuse_others(fields: Fields<'_>) -> Result<()> {
    const KNOWN: [&str; 8] = [
        "do_resize",
        "do_center_crop",
        "do_rescale",
        "do_normalize",
        "do_flip_channel_order",
        // Pictures are made RGB for every model, and there are no maps of labels.
        "do_convert_rgb",
        "do_reduce_labels",
        "do_convert_annotations",
    ];
    let is_step = |name: &str| name.starts_with("do_") || name == "offset";
    let other = fields.0.iter().find(|(name, value)| {
        is_step(name)
            && !KNOWN.contains(&name.as_str())
            && value.as_bool() != Some(false)
            && !value.is_null()
    });
    match other {
        Some((name, value)) => Err(refusal(name, value, "false: there is no such step here")),
        None => Ok(()),
    }
}

/// What an image is resized to.
enum Size {
    Exact(usize, usize),
    Shorter(usize),
}

fn size(fields: Fields<'_>, is_square: bool) -> Result<Size> {
    let value = fields.needed("size", fields.get("size"))?;
    let Some(sides) = fields.object("size") else {
        return match fields.size("size")? {
            Some((height, width)) if is_square => Ok(Size::Exact(height, width)),
            Some((height, width)) if height == width => Ok(Size::Shorter(height)),
            _ => Err(refusal("size", value, "shortest_edge, or height and width")),
        };
    };
    let side = |name| sides.size(name).map(|size| size.map(|(side, _)| side));
    match (side("shortest_edge")?, side("height")?, side("width")?, sides.get("longest_edge")) {
        (Some(shorter), None, None, None) => Ok(Size::Shorter(shorter)),
        (None, Some(height), Some(width), None) => Ok(Size::Exact(height, width)),
        _ => Err(refusal("size", value, "shortest_edge, or height and width")),
    }
}

/// The framing, and height and width of the input.
fn frame(fields: Fields<'_>, processor: &Processor) -> Result<(Frame, (usize, usize))> {
    let of = |framing, side, size| (Frame { framing, resize: Resize::Side(side) }, size);
    let resized = size(fields, processor.is_square)?;
    let share = fields.number("crop_pct")?;
    let resized = match (processor.name, resized) {
        ("ConvNext", Size::Shorter(side)) if side < 384 => {
            let larger = (side as f64 / share.unwrap_or(224.0 / 256.0)) as usize;
            return Ok(of(Framing::Crop, Some(larger), (side, side)));
        }
        ("ConvNext", Size::Shorter(side)) => Size::Exact(side, side),
        ("Levit", Size::Shorter(side)) => Size::Shorter((256.0 / 224.0 * side as f64) as usize),
        ("PoolFormer", Size::Shorter(side)) => {
            Size::Shorter((side as f64 / share.unwrap_or(0.9)) as usize)
        }
        ("PoolFormer", Size::Exact(height, width)) if height == width => {
            Size::Shorter((height as f64 / share.unwrap_or(0.9)) as usize)
        }
        (_, resized) => resized,
    };
    let crops = fields.flag("do_center_crop")?.unwrap_or(processor.crops);
    match (resized, crops.then(|| crop_size(fields)).transpose()?) {
        (Size::Exact(height, width), None) => Ok(of(Framing::Stretch, None, (height, width))),
        (Size::Exact(height, width), Some(crop)) if (height, width) == crop => {
            Ok(of(Framing::Stretch, None, crop))
        }
        (Size::Exact(height, width), Some(crop)) if height == width => {
            Ok(of(Framing::Stretch, Some(height), crop))
        }
        (Size::Shorter(side), Some(crop)) => Ok(of(Framing::Crop, Some(side), crop)),
        (Size::Shorter(_), None) => Err(refusal(
            "do_center_crop",
            &false.into(),
            "true where size is the shorter side: models take pictures of one size",
        )),
        (Size::Exact(height, width), Some(_)) => Err(refusal(
            "size",
            &vec![height, width].into(),
            "a square where pictures are cropped, or crop_size",
        )),
    }
}

fn crop_size(fields: Fields<'_>) -> Result<(usize, usize)> {
    let value = fields.needed("crop_size", fields.get("crop_size"))?;
    let Some(sides) = fields.object("crop_size") else {
        return fields.needed("crop_size", fields.size("crop_size")?);
    };
    match (sides.size("height")?, sides.size("width")?) {
        (Some((height, _)), Some((width, _))) => Ok((height, width)),
        _ => Err(refusal("crop_size", value, "height and width")),
    }
}

/// Mean and std of pixels over 255.
fn normalisation(fields: Fields<'_>, processor: &str) -> Result<(Vec<f64>, Vec<f64>)> {
    let is_efficient = processor == "EfficientNet";
    let factor = match fields.flag("do_rescale")?.unwrap_or(true) {
        true => fields.number("rescale_factor")?.unwrap_or(1.0 / 255.0),
        false => 1.0,
    };
    let moves = fields.flag("rescale_offset")?.unwrap_or_default();
    if moves && !is_efficient {
        return Err(refusal("rescale_offset", &true.into(), "false for this processor"));
    }
    let offset = if moves && fields.flag("do_rescale")?.unwrap_or(true) { -1.0 } else { 0.0 };
    let (mean, std) = match fields.flag("do_normalize")?.unwrap_or(processor != "MobileViT") {
        true => (
            fields.needed("image_mean", fields.channels("image_mean")?)?,
            fields.needed("image_std", fields.channels("image_std")?)?,
        ),
        false => (vec![0.0], vec![1.0]),
    };
    let (mean, std) = over_255(factor, offset, &mean, &std);
    if !is_efficient || !fields.flag("include_top")?.unwrap_or(true) {
        return Ok((mean, std));
    }
    // EfficientNet with its head divides by the deviation once more.
    let again = fields.needed("image_std", fields.channels("image_std")?)?;
    let std = std.iter().cycle().zip(&again).map(|(std, again)| std * again).collect();
    Ok((mean, std))
}
