//! Figures: ticks, text, robustness, and SVG that is well formed, bounded and the same every time.
#![allow(clippy::disallowed_methods, reason = "inputs of drawings, not results")]

use theoria::guide::plot::{CSS, Description, Size, gallery, gallery_problems, panel, problems, standalone};
use theoria::record::{Axis, Gallery, Mark, Panel, Series};

const WORDS: Description = Description { title: "A <title> & more", text: "What \"it\" shows" };

fn axis(label: &str, log: bool) -> Axis {
    Axis { label: label.to_owned(), log, range: None }
}

fn series(name: &str, mark: Mark, columns: &[&[f64]]) -> Series {
    Series { name: name.to_owned(), mark, columns: columns.iter().map(|column| column.to_vec()).collect() }
}

fn figure(x_log: bool, y_log: bool, series: Vec<Series>) -> Panel {
    Panel { title: "Title".to_owned(), x: axis("x", x_log), y: axis("y", y_log), series }
}

fn wide(figure: &Panel) -> String {
    panel(figure, Size::Wide, 1, "f", &WORDS)
}

fn spread(count: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..count).map(|at| f(at as f64 / (count - 1) as f64)).collect()
}

/// Pseudo-random numbers between 0 and 1, for noise that is the same every time.
fn noise(count: usize) -> Vec<f64> {
    let mut state = 1u64;
    let step = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..count).map(step).collect()
}

/// Name, attributes and the text that follows.
type Tag = (String, Vec<(String, String)>, String);

/// The tags of an SVG, after checking that it is well-formed XML.
fn parse(svg: &str) -> Vec<Tag> {
    let (mut open, mut found, mut rest) = (Vec::new(), Vec::new(), svg);
    while let Some(tag) = rest.strip_prefix('<') {
        let end = tag.find('>').expect("a tag ends");
        let (inside, text_end) = (&tag[..end], tag[end + 1..].find('<').unwrap_or(tag.len() - end - 1));
        let text = &tag[end + 1..end + 1 + text_end];
        assert!(!text.contains('>') || open.last() == Some(&"style"), "bare > in {text}");
        for (at, _) in text.match_indices('&') {
            assert!(["&lt;", "&gt;", "&amp;", "&quot;"].iter().any(|entity| text[at..].starts_with(entity)), "{text}");
        }
        rest = &tag[end + 1 + text_end..];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags nest");
            continue;
        }
        let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut pieces = attributes.trim_end_matches('/').split('"');
        let mut list = Vec::new();
        while let (Some(key), Some(value)) = (pieces.next(), pieces.next()) {
            assert!(key.ends_with('=') && !value.contains('<'), "attribute {key}{value}");
            list.push((key.trim().trim_end_matches('=').to_owned(), value.to_owned()));
        }
        found.push((name.to_owned(), list, text.to_owned()));
        if !inside.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.is_empty(), "left open: {open:?}, left over: {rest:?}");
    found
}

fn attribute<'a>(list: &'a [(String, String)], key: &str) -> Option<&'a str> {
    list.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}

/// The numbers beside the x axis, without tags, from left to right.
fn x_ticks(svg: &str) -> Vec<String> {
    ticks(svg, "middle")
}

/// The numbers beside the y axis, from the bottom up.
fn y_ticks(svg: &str) -> Vec<String> {
    ticks(svg, "end")
}

fn ticks(svg: &str, anchor: &str) -> Vec<String> {
    let texts = svg.split("<text class=\"tick\"").skip(1);
    let texts = texts.filter(|text| text.split('>').next().is_some_and(|tag| tag.contains(anchor))).map(|text| {
        let text = &text[text.find('>').expect("tag") + 1..text.find("</text>").expect("end")];
        let mut plain = String::new();
        let mut inside = false;
        for c in text.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => plain.push(c),
                _ => {}
            }
        }
        plain
    });
    texts.collect()
}

/// Every coordinate of circles, texts and paths with absolute commands, checked against the view box.
fn check_bounds(svg: &str) -> usize {
    let tags = parse(svg);
    let view: Vec<f64> =
        attribute(&tags[0].1, "viewBox").expect("view box").split(' ').map(|n| n.parse().expect("number")).collect();
    let mut count = 0;
    let mut check = |value: &str, limit: f64| {
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("not a number: {value}"));
        assert!((0.0..=limit).contains(&value), "{value} beyond {limit}");
        count += 1;
    };
    for (_, list, _) in &tags {
        for (key, limit) in [("cx", view[2]), ("x", view[2]), ("cy", view[3]), ("y", view[3])] {
            attribute(list, key).into_iter().for_each(|value| check(value, limit));
        }
        let d = attribute(list, "d").filter(|_| attribute(list, "class") != Some("frame")).unwrap_or("");
        for point in d.split(['M', 'L']).filter(|point| point.contains(',')) {
            let (x, y) = point.split_once(',').expect("a pair");
            check(x, view[2]);
            check(y.split(|c: char| c.is_ascii_alphabetic()).next().unwrap_or(y), view[3]);
        }
    }
    count
}

#[test]
fn linear_ticks_are_round_and_even() {
    let up = spread(50, |t| 12.3 * t);
    let svg = wide(&figure(false, false, vec![series("a", Mark::Line, &[&up, &up])]));
    assert_eq!(x_ticks(&svg), ["0", "2", "4", "6", "8", "10", "12"]);
    let small = spread(50, |t| 3e-7 * t - 1e-7);
    let svg = wide(&figure(false, false, vec![series("a", Mark::Line, &[&up, &small])]));
    assert_eq!(y_ticks(&svg), ["\u{2212}1.0", "\u{2212}0.5", "0", "0.5", "1.0", "1.5", "2.0"]);
    assert!(svg.contains("y (×\u{2009}10<tspan dy"), "the power of ten stands at the axis label");
}

#[test]
fn whole_numbers_get_no_fractional_ticks() {
    let depth = [1.0, 2.0, 3.0];
    let svg = wide(&figure(false, false, vec![series("a", Mark::Points, &[&depth, &depth])]));
    assert_eq!(x_ticks(&svg), ["1", "2", "3"]);
}

#[test]
fn a_short_axis_has_more_than_one_tick() {
    // Whole numbers are all that is marked, and there is only one of them.
    let line = spread(20, |t| 0.9 * t);
    let all = vec![series("law", Mark::Line, &[&line, &line]), series("limit", Mark::Points, &[&[0.0], &[0.5]])];
    assert!(x_ticks(&wide(&figure(false, false, all))).len() > 3);
}

#[test]
fn log_axes_count_in_powers_of_ten() {
    let x = spread(40, |t| 10f64.powf(6.0 * t));
    let y = spread(40, |t| 10f64.powf(-4.0 * t));
    let svg = wide(&figure(true, true, vec![series("a", Mark::Line, &[&x, &y])]));
    assert_eq!(x_ticks(&svg), ["100", "101", "102", "103", "104", "105", "106"]);
    assert_eq!(y_ticks(&svg).first().map(String::as_str), Some("10\u{2212}4"));
    assert!(svg.contains("10<tspan dy=\"-"), "the exponent is raised");
}

#[test]
fn widths_label_their_own_axis() {
    let widths = [32.0, 64.0, 128.0, 256.0, 512.0];
    let line = spread(90, |t| 20.0 + 600.0 * t);
    let falling: Vec<f64> = widths.iter().map(|n| 1.0 / n).collect();
    let all = vec![
        series("measured", Mark::Errors, &[&widths, &falling, &falling]),
        series("theory", Mark::Dashed, &[&line, &line.iter().map(|n| 1.0 / n).collect::<Vec<_>>()]),
    ];
    let labels = x_ticks(&wide(&figure(true, true, all)));
    assert_eq!(labels, ["32", "64", "128", "256", "512"]);

    // Too many for a narrow axis: every second or third.
    let widths: Vec<f64> = (4..16).map(|power| 2f64.powi(power)).collect();
    let points = figure(true, false, vec![series("a", Mark::Points, &[&widths, &widths])]);
    let labels = x_ticks(&panel(&points, Size::Narrow, 1, "f", &WORDS));
    assert_eq!(labels, ["16", "128", "1024", "8192"]);
}

#[test]
fn text_is_escaped_and_mathematics_set() {
    let mut figure = figure(false, false, vec![series("a <b> & \"c\"", Mark::Line, &[&[0.0, 1.0], &[0.0, 1.0]])]);
    figure.title = "Kernel $\\Theta^{(L)}_{ij} = \\hat y - 3$, 5$".to_owned();
    let svg = wide(&figure);
    parse(&svg);
    assert!(svg.contains("<title>a &lt;b&gt; &amp; &quot;c&quot;</title>"));
    assert!(svg.contains("<title id=\"f-title\">A &lt;title&gt; &amp; more</title>"));
    assert!(svg.contains("Θ<tspan dy=\"-"), "superscripts rise");
    assert!(svg.contains("font-style=\"italic\">ŷ<"), "{svg}");
    assert!(svg.contains(", 5$</text>"), "a lone dollar stands for itself");
}

#[test]
fn drawings_are_well_formed_and_stay_within_their_frame() {
    let x = spread(200, |t| 10.0 * t);
    let y: Vec<f64> = x.iter().map(|x| x.sin()).collect();
    let low: Vec<f64> = y.iter().map(|y| y - 0.3).collect();
    for mark in Mark::ALL {
        for (x_log, y_log) in [(false, false), (true, false), (false, true), (true, true)] {
            let columns: Vec<&[f64]> = [&x[..], &low, &y][..mark.columns().len()].to_vec();
            let mut figure = figure(x_log, y_log, vec![series("a", mark, &columns)]);
            figure.x.range = Some((2.0, 7.0));
            for (size, of) in [(Size::Wide, 1), (Size::Wide, 3), (Size::Narrow, 1)] {
                assert!(check_bounds(&panel(&figure, size, of, "f", &WORDS)) > 20, "{mark:?}");
            }
            assert!(problems(&figure).iter().any(|problem| problem.contains("outside the given range")));
        }
    }
}

#[test]
fn degenerate_panels_are_drawn_and_reported() {
    let cases = [
        vec![],
        vec![series("", Mark::Line, &[&[], &[]])],
        vec![series("one", Mark::Points, &[&[3.0], &[0.0]])],
        vec![series("one", Mark::Bars, &[&[3.0], &[2.0]]), series("none", Mark::Band, &[&[], &[], &[]])],
        vec![series("equal", Mark::Line, &[&[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0 + 1e-15]])],
        vec![series("wild", Mark::Line, &[&[1.0, 2.0, 3.0], &[-1e299, f64::INFINITY, 1e299]])],
        vec![series("wild", Mark::Errors, &[&[1e-320, 2.0], &[5e-324, f64::MAX], &[f64::NAN, 1.0]])],
        vec![series("tiny", Mark::Points, &[&[1e-300, 3e-300], &[1e250, 1e-250]])],
        vec![series("missing", Mark::Band, &[&[1.0, 2.0]])],
        vec![series("close", Mark::Line, &[&[1e15, 1e15 + 1.0], &[-7.0, -7.0]])],
    ];
    for all in cases {
        for (x_log, y_log) in [(false, false), (true, true)] {
            let figure = figure(x_log, y_log, all.clone());
            for size in [Size::Wide, Size::Narrow] {
                let svg = panel(&figure, size, 1, "f", &WORDS);
                check_bounds(&svg);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            }
        }
    }
    assert_eq!(problems(&figure(false, false, vec![])), ["the panel has no series"]);
}

#[test]
fn what_a_log_axis_cannot_show_is_dropped_and_said() {
    let all = vec![
        series("loss", Mark::Points, &[&[-1.0, 0.0, 1.0, 2.0, 3.0], &[1.0, 1.0, -2.0, f64::NAN, 4.0]]),
        series("fit", Mark::Errors, &[&[1.0, 2.0], &[1.0, 2.0], &[0.1, 3.0]]),
    ];
    let figure = figure(true, true, all);
    let found = problems(&figure).join("\n");
    assert!(found.contains("“loss”: 1 point not finite"), "{found}");
    assert!(found.contains("“loss”: 2 points not positive on the logarithmic x axis"), "{found}");
    assert!(found.contains("“loss”: 1 point not positive on the logarithmic y axis"), "{found}");
    assert!(found.contains("“fit”: reaches zero or below at 1 point"), "{found}");
    // One circle of the one point left, two of the other series, and one for each in the legend.
    assert_eq!(wide(&figure).matches("<circle").count(), 5);
}

#[test]
fn a_gap_breaks_a_curve() {
    let x = spread(9, |t| t);
    let mut y = x.clone();
    y[4] = f64::NAN;
    let svg = wide(&figure(false, false, vec![series("", Mark::Line, &[&x, &y])]));
    assert_eq!(svg.matches("<path fill=\"none\"").count(), 2);
}

#[test]
fn many_points_stay_small_and_keep_their_extremes() {
    let (x, y) = (spread(10_000, |t| t), noise(10_000));
    let mut spike = y.clone();
    spike[5_432] = 30.0;
    let all = vec![series("a", Mark::Line, &[&x, &spike]), series("b", Mark::Points, &[&y, &x])];
    for size in [Size::Wide, Size::Narrow] {
        let svg = panel(&figure(false, false, all.clone()), size, 1, "f", &WORDS);
        check_bounds(&svg);
        assert!(svg.len() < 60_000, "{} bytes", svg.len());
        let top = svg.split("class=\"axis\" d=\"").nth(1).expect("axis");
        let curve = svg.split("<path fill=\"none\" d=\"").nth(1).expect("curve").split('"').next().expect("end");
        let heights = curve.split(['M', 'L']).filter_map(|point| point.split_once(',')?.1.parse::<f64>().ok());
        let lowest = heights.fold(f64::INFINITY, f64::min);
        assert!(lowest < 120.0, "the spike survives, near the top: {lowest}, {}", &top[..20]);
    }
}

#[test]
fn many_marks_of_any_kind_stay_small() {
    let (x, y) = (spread(10_000, |t| 1.0 + t), noise(10_000));
    for mark in Mark::ALL {
        let columns: Vec<&[f64]> = [&x[..], &y, &x][..mark.columns().len()].to_vec();
        let figure = figure(false, false, vec![series("a", mark, &columns)]);
        let svg = wide(&figure);
        check_bounds(&svg);
        assert!(svg.len() < 60_000, "{mark:?}: {} bytes", svg.len());
        assert_eq!(problems(&figure).len(), usize::from(mark == Mark::Errors), "only left-out error bars are told");
    }
}

#[test]
fn drawing_twice_gives_the_same_bytes() {
    let (x, y) = (noise(3_000), noise(3_000));
    let figure = figure(true, true, vec![series("a", Mark::Points, &[&x, &y])]);
    assert_eq!(wide(&figure), wide(&figure));
}

#[test]
fn colours_follow_names_and_come_from_the_style_sheet() {
    let line: &[&[f64]] = &[&[0.0, 1.0], &[0.0, 1.0]];
    let all = vec![
        series("theory", Mark::Dashed, line),
        series("net", Mark::Line, line),
        series("net", Mark::Points, line),
        series("other", Mark::Line, line),
    ];
    let svg = wide(&figure(false, false, all));
    for class in ["theory dashed", "s0 line", "s0 points", "s1 line"] {
        assert!(svg.contains(&format!("class=\"{class}\"")), "{class}");
    }
    assert!(!svg.contains("s2"), "series of one name share a colour");
    assert_eq!(svg.matches("class=\"legend\"").count(), 3, "and an entry of the legend");
    assert!(!svg.contains('#') && !svg.contains("style=") && !svg.contains("rgb"), "no colour of its own");
}

#[test]
fn long_names_are_cut_but_told_in_full() {
    let name = "a very long name ".repeat(12);
    let svg = wide(&figure(false, false, vec![series(&name, Mark::Line, &[&[0.0, 1.0], &[0.0, 1.0]])]));
    assert!(svg.contains("…</text>"));
    assert_eq!(svg.matches(&format!("<title>{name}</title>")).count(), 2, "on the entry and on the curve");
}

#[test]
fn a_saved_drawing_stands_alone() {
    let svg = standalone(&wide(&figure(false, false, vec![series("a", Mark::Line, &[&[0.0, 1.0], &[0.0, 1.0]])])));
    parse(&svg);
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(svg.contains("viewBox=\"-16 -16 712 432\" width=\"712\" height=\"432\""), "a margin");
    assert!(svg.contains(".plot .s0 { color: #") && svg.contains("fill=\"#fff\""));
    assert!(!svg.contains("var(") && !svg.contains("prefers-color-scheme"));
}

/// The contrast of two colours as WCAG defines it.
fn contrast(a: &str, b: &str) -> f64 {
    let luminance = |color: &str| -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).expect("hex")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn series_colours_stand_out_in_both_themes() {
    let (light, dark) = CSS.split_once("/* Dark").expect("a dark part");
    for (part, paper, times) in [(light, "#fdfdfb", 8), (dark, "#14161a", 16)] {
        let colors: Vec<&str> = part.split("  --s").skip(1).filter_map(|rest| Some(rest.get(3..10)?.trim())).collect();
        assert_eq!(colors.len(), times);
        for color in colors {
            assert!(contrast(color, paper) >= 3.0, "{color} on {paper}");
        }
    }
}

fn images(height: usize, width: usize, channels: usize, columns: usize, count: usize) -> Gallery {
    Gallery {
        title: "Digits".to_owned(),
        height,
        width,
        channels,
        columns,
        range: (0.0, 1.0),
        captions: (0..count).map(|at| format!("$y$ = {at}")).collect(),
        pixels: noise(height * width * channels * count),
    }
}

#[test]
fn galleries_are_rows_of_crisp_images() {
    let digits = images(8, 8, 1, 12, 24);
    let svg = gallery(&digits, Size::Wide, "g", &WORDS);
    check_bounds(&svg);
    let tags = parse(&svg);
    let images: Vec<_> = tags.iter().filter(|(name, ..)| name == "image").collect();
    assert_eq!(images.len(), 24);
    assert!(images.iter().all(|(_, list, _)| attribute(list, "width") == Some("48")), "whole pixels");
    let mut rows: Vec<_> = images.iter().map(|(_, list, _)| attribute(list, "y")).collect();
    rows.dedup();
    assert_eq!(rows.len(), 2);
    assert!(svg.matches("text-anchor=\"middle\"").count() == 24 && gallery_problems(&digits).is_empty());
    assert!(svg.len() < 12_000, "{} bytes", svg.len());

    let narrow = gallery(&digits, Size::Narrow, "g", &WORDS);
    check_bounds(&narrow);
    assert_eq!(narrow.matches("<image").count(), 24);
}

#[test]
fn odd_galleries_are_drawn_and_reported() {
    let mut odd = images(5, 3, 3, 0, 2);
    odd.pixels[0] = f64::NAN;
    odd.pixels.pop();
    odd.range = (1.0, 1.0);
    odd.captions.clear();
    let svg = gallery(&odd, Size::Wide, "g", &WORDS);
    check_bounds(&svg);
    assert_eq!((svg.matches("<image").count(), gallery_problems(&odd).len()), (1, 3));
    for odd in [images(0, 0, 1, 3, 0), images(4, 4, 2, 3, 2), images(4, 4, 1, 3, 0)] {
        assert!(!gallery(&odd, Size::Narrow, "g", &WORDS).contains("<image") && !gallery_problems(&odd).is_empty());
    }
}

/// Undoes base64.
fn bytes(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let text = text.trim_end_matches('=');
    let mut out = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        let word = chunk.iter().fold(0u32, |word, c| word << 6 | u32::from(value(*c))) << (6 * (4 - chunk.len()));
        out.extend(&word.to_be_bytes()[1..chunk.len()]);
    }
    out
}

#[test]
fn images_begin_as_png_of_their_size_and_flat_ones_are_packed() {
    let mut flat = images(32, 32, 3, 1, 1);
    flat.pixels.fill(2.0);
    let svg = gallery(&flat, Size::Wide, "g", &WORDS);
    let uri = svg.split("data:image/png;base64,").nth(1).and_then(|rest| rest.split('"').next()).expect("an image");
    let png = bytes(uri);
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(png[8..26], *b"\0\0\0\x0dIHDR\0\0\0\x20\0\0\0\x20\x08\x02");
    assert_eq!(png[png.len() - 8..], *b"IEND\xae\x42\x60\x82", "the check sum of an empty chunk");
    assert!(png.len() < 200, "{} bytes for one colour", png.len());
}
