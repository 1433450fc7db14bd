//! What a receipt comes to, by the model.

use crate::book::{Rules, Said, hundredths};

/// A line of a receipt: kopecks, and thousandths of a piece.
#[derive(Debug, Clone)]
pub struct Line {
    pub number: usize,
    pub quantity: i128,
    pub price: i128,
    pub sum: i128,
    pub discount: i128,
    pub minimum_price: i128,
    pub no_earn: bool,
    pub no_spend: bool,
}

/// Which points a calculation may count with.
#[derive(Debug, Clone, Copy)]
pub struct Means {
    pub available: i128,
    pub wanted: i128,
}

#[derive(Debug, Clone)]
pub struct Figures {
    pub lines: Vec<FiguredLine>,
    pub points_max: i128,
    pub points_applied: i128,
    pub points_to_earn: i128,
    pub amount_due: i128,
    discounts: i128,
}

#[derive(Debug, Clone)]
pub struct FiguredLine {
    quantity: i128,
    pub due: i128,
    pub points: i128,
    pub earned: i128,
    points_max: i128,
}

/// Weighed goods above this many thousandths may pass a kopeck or so of points on, so that they have one price.
const PRICED_FOR_ANY_SUM: i128 = 3_000;

/// `quantity` at a price, to the nearest kopeck.
fn cost(line: &Line) -> i128 {
    (line.price * line.quantity * 2 + 1_000) / 2_000
}

/// Whether the till's figures agree with each other, a kopeck aside.
pub fn are_sound(lines: &[Line]) -> bool {
    lines.iter().enumerate().all(|(index, line)| {
        let is_new = lines[..index].iter().all(|other| other.number != line.number);
        let gap = cost(line) - line.discount - line.sum;
        is_new && line.discount <= cost(line) + 1 && gap.abs() <= 1
    })
}

/// Cut to whole units.
pub fn units(value: i128, unit: i128) -> i128 {
    value / unit * unit
}

/// In proportion, exactly; what rounding leaves goes to the largest remainders, the earlier among equals.
pub fn split(total: i128, weights: &[i128]) -> Vec<i128> {
    let sum: i128 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<i128> = weights.iter().map(|weight| total * weight / sum).collect();
    let mut by_rest: Vec<usize> = (0..weights.len()).collect();
    by_rest.sort_by_key(|index| -(total * weights[*index] % sum));
    let left = total - parts.iter().sum::<i128>();
    for index in by_rest.into_iter().take(usize::try_from(left).unwrap()) {
        parts[index] += 1;
    }
    parts
}

/// What a sum paid in money earns.
pub fn earned(base: i128, rules: &Rules) -> i128 {
    let (exact, divisor) = (base * rules.earn_points, rules.earn_step * rules.earn_unit);
    let count = match rules.rounding {
        "down" => exact / divisor,
        "half_up" => (2 * exact + divisor) / (2 * divisor),
        _ => (exact + divisor - 1) / divisor,
    };
    count * rules.earn_unit
}

/// Pours points over lines in proportion to what they cost, never above what a line takes.
fn pour(total: i128, weights: &[i128], capacities: &[i128]) -> Vec<i128> {
    let mut poured: Vec<Option<i128>> = capacities.iter().map(|room| (*room == 0).then_some(0)).collect();
    loop {
        let left = total - poured.iter().flatten().sum::<i128>();
        let open: Vec<i128> = weights.iter().zip(&poured).map(|(w, p)| if p.is_some() { 0 } else { *w }).collect();
        let sum: i128 = open.iter().sum();
        let full = (0..open.len()).find(|i| open[*i] > 0 && capacities[*i] * sum <= left * open[*i]);
        match full {
            Some(index) => poured[index] = Some(capacities[index]),
            None => return split(left, &open).iter().zip(&poured).map(|(new, p)| p.unwrap_or(*new)).collect(),
        }
    }
}

/// What a receipt comes to. `heard` tells how the points went over the lines where that is left to the gateway.
pub fn figure(lines: &[Line], earn: Option<&Rules>, spend: Option<&Rules>, means: Means, heard: &Said) -> Figures {
    // Ties go by what a line is, so that neither the order of listing nor the numbers can matter.
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|index| {
        let line = &lines[*index];
        let figures = (line.price, line.quantity, line.sum, line.discount, line.minimum_price);
        (figures, line.no_spend, line.no_earn, line.number)
    });
    let sorted = |value: &dyn Fn(&Line) -> i128| order.iter().map(|index| value(&lines[*index])).collect::<Vec<i128>>();
    let weights = sorted(&|line| if line.no_spend { 0 } else { line.sum });
    let floors = sorted(&|line| (line.minimum_price * line.quantity + 999) / 1_000);
    let capacities: Vec<i128> = weights.iter().zip(&floors).map(|(weight, floor)| (weight - floor).max(0)).collect();
    let (mut points_max, mut applied) = (0, 0);
    if let Some(rules) = spend {
        let share = weights.iter().sum::<i128>() * rules.share / 10_000;
        let limits = [capacities.iter().sum(), share, means.available];
        points_max = limits.into_iter().map(|limit| units(limit, rules.spend_unit)).min().unwrap();
        applied = units(means.wanted, rules.spend_unit).min(points_max);
    }
    let mut points = pour(applied, &weights, &capacities);
    let is_weighed = |line: &Line| line.quantity % 1_000 != 0 && line.quantity > PRICED_FOR_ANY_SUM;
    if lines.iter().any(is_weighed) {
        adopt(&mut points, &order, &capacities, heard);
    }
    let bases: Vec<i128> = order
        .iter()
        .zip(&points)
        .map(|(index, points)| if lines[*index].no_earn { 0 } else { lines[*index].sum - points })
        .collect();
    let points_to_earn = earn.map_or(0, |rules| earned(bases.iter().sum(), rules));
    let by_line = split(points_to_earn, &bases);
    let mut figured: Vec<(usize, FiguredLine)> = order
        .iter()
        .enumerate()
        .map(|(at, index)| {
            let line = FiguredLine {
                quantity: lines[*index].quantity,
                due: lines[*index].sum - points[at],
                points: points[at],
                earned: by_line[at],
                points_max: if spend.is_some() { capacities[at].min(points_max) } else { 0 },
            };
            (*index, line)
        })
        .collect();
    figured.sort_by_key(|(index, _)| *index);
    let lines_sum: i128 = lines.iter().map(|line| line.sum).sum();
    Figures {
        lines: figured.into_iter().map(|(_, line)| line).collect(),
        points_max,
        points_applied: applied,
        // No base, nothing to split: what rounding up would make of nothing is nothing.
        points_to_earn: by_line.iter().sum(),
        amount_due: lines_sum - applied,
        discounts: lines.iter().map(|line| line.discount).sum(),
    }
}

/// Takes the gateway's division for receipts with weighed goods, where it is the same sum, within every line's room, and
/// but a few kopecks from the exact proportion.
fn adopt(points: &mut [i128], order: &[usize], capacities: &[i128], heard: &Said) {
    let told: Option<Vec<i128>> = order
        .iter()
        .map(|index| heard.get(&format!("lines/line[{index}]/pointsAsMoney"))?.replace('.', "").parse().ok())
        .collect();
    let Some(told) = told else { return };
    let is_sound = told.iter().zip(capacities).all(|(points, room)| (0..=*room).contains(points));
    let is_near = told.iter().zip(points.iter()).all(|(told, exact)| (told - exact).abs() <= 100);
    if is_sound && is_near && told.iter().sum::<i128>() == points.iter().sum() {
        points.copy_from_slice(&told);
    }
}

impl Figures {
    pub fn tell(&self, name: &str, value: i128, said: &mut Said) {
        said.insert(name.into(), hundredths(value));
    }

    /// What a quote and a sale both say.
    pub fn tell_quote(&self, said: &mut Said) {
        self.tell("amountDue", self.amount_due, said);
        for (index, line) in self.lines.iter().enumerate() {
            let figures = [line.points, line.due, line.earned, line.points_max];
            for (name, value) in ["pointsAsMoney", "amountDue", "pointsToEarn", "pointsMax"].iter().zip(figures) {
                said.insert(format!("lines/line[{index}]/{name}"), hundredths(value));
            }
        }
    }

    /// Whether the customer sees the same, in whatever order and by whatever numbers the goods are listed.
    pub fn same_for_customer(&self, other: &Self) -> bool {
        let seen = |figures: &Self| {
            let lines = figures.lines.iter().map(|line| (line.quantity, line.due, line.points));
            let mut lines: Vec<(i128, i128, i128)> = lines.collect();
            lines.sort_unstable();
            (figures.amount_due, figures.discounts, figures.points_to_earn, lines)
        };
        seen(self) == seen(other)
    }
}

/// A figure with so many places after the point.
pub fn scaled(text: &str, places: usize) -> i128 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{rest:0<places$}").parse().unwrap()
}

/// Every line is parts that a fiscal registrar takes: the whole quantity, exactly the amount, prices within a kopeck.
pub fn check_parts(quantities: &[i128], amount: &str, heard: &Said) -> Result<(), String> {
    for (index, whole) in quantities.iter().enumerate() {
        let get = |name: &str| heard.get(&format!("lines/line[{index}]/{name}"));
        let (mut quantity, mut sum) = (0, 0);
        for part in 0.. {
            let Some(part_quantity) = get(&format!("parts/part[{part}]/quantity")) else { break };
            let part_quantity = scaled(part_quantity, 3);
            let price = scaled(get(&format!("parts/part[{part}]/price")).unwrap(), 2);
            let part_sum = scaled(get(&format!("parts/part[{part}]/sum")).unwrap(), 2);
            let exact = (price * part_quantity * 2 + 1_000) / 2_000;
            if (exact - part_sum).abs() > 1 {
                return Err(format!("line {index}, part {part}: {price} × {part_quantity} is not {part_sum}"));
            }
            quantity += part_quantity;
            sum += part_sum;
        }
        let due = scaled(get(amount).unwrap(), 2);
        if (quantity, sum) != (*whole, due) {
            return Err(format!("line {index}: the parts are {quantity} for {sum}, not {whole} for {due}"));
        }
    }
    Ok(())
}
