//! Many inversions for the price of one and three multiplications each.
//!
//! Source: Montgomery's trick. Products of prefixes are formed, the last one is inverted, and the
//! way back splits one inverse off after the other.

use super::prime::{Field, Prime};

/// Inverts every element in place; zeros stay zero.
pub fn invert_all<P: Prime>(elements: &mut [Field<P>]) {
    invert_all_with(elements, |element| element);
}

/// Inverts in place the element that `field` finds in each item; zeros stay zero.
pub fn invert_all_with<T, P: Prime>(items: &mut [T], field: impl Fn(&mut T) -> &mut Field<P>) {
    let mut product = Field::ONE;
    let mut prefixes = Vec::with_capacity(items.len());
    for item in items.iter_mut() {
        prefixes.push(product);
        let element = *field(item);
        if !element.is_zero() {
            product *= element;
        }
    }
    let mut inverse = product.invert();
    for (item, prefix) in items.iter_mut().zip(prefixes).rev() {
        let element = field(item);
        if !element.is_zero() {
            let inverted = inverse * prefix;
            inverse *= *element;
            *element = inverted;
        }
    }
}
