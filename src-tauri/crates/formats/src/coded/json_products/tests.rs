//! What every product must keep to.

use super::super::check::{parse, show};
use super::*;
use crate::sniff;
use crate::testing::fixtures;

#[test]
fn every_map_and_sign_can_be_read() {
    for product in PRODUCTS {
        let mut numbers = Numbering::default();
        for sign in product.signs {
            conditions(sign, &mut numbers).unwrap_or_else(|why| panic!("{}: {why}", product.id));
        }
        Map::new(product.map, &mut numbers).unwrap_or_else(|why| panic!("{}: {why}", product.id));
        assert!(!product.signs.is_empty() && !product.dataset.is_empty(), "{}", product.id);
        assert!(
            product.signs.len()
                == ready().products[PRODUCTS.iter().position(|p| p.id == product.id).unwrap()].0.len()
        );
        assert_eq!(PRODUCTS.iter().filter(|p| p.id == product.id).count(), 1, "{}", product.id);
    }
}

#[test]
fn fixtures_are_known_and_read() {
    let mut wrong = Vec::new();
    for product in PRODUCTS {
        for path in fixtures(product.id) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let (format, sure) = sniff::sniff(&Head { bytes: &bytes, whole: true, name: &name }).unwrap();
            if format.about().id != product.id {
                wrong.push(format!(
                    "{} {name} is taken for {} ({:.2}, {})",
                    product.id,
                    format.about().id,
                    sure.score,
                    sure.why
                ));
            }
            insta::assert_snapshot!(format!("{}-{name}", product.id), show(&parse(product, &bytes)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
