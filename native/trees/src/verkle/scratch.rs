use std::hint::black_box;use std::time::Instant;
use super::field::*;
#[repr(C)] struct Ts{s:i64,n:i64} unsafe extern "C"{fn clock_gettime(c:i32,t:*mut Ts)->i32;}
fn cpu()->u64{let mut t=Ts{s:0,n:0};unsafe{clock_gettime(3,&mut t);}(t.s*1_000_000_000+t.n) as u64}
fn time(name:&str,n:usize,mut f:impl FnMut()){
 let t=Instant::now();f();let one=t.elapsed().as_nanos() as usize;let reps=(3_000_000/one.max(1)).max(1);
 let mut best=f64::MAX;let mut wall=f64::MAX;for _ in 0..40{let t=cpu();let w=Instant::now();for _ in 0..reps{f();}wall=wall.min(w.elapsed().as_nanos() as f64/(n*reps) as f64);best=best.min((cpu()-t) as f64/(n*reps) as f64);}println!("{name:30} {best:12.2} cpu {wall:12.2} ns");}
#[test] fn timing(){
 let a=Fp::from(123456789u64).invert();let b=Fp::from(987654321u64).invert();
 let mut x=a;time("mul latency",100000,||{for _ in 0..100000{x*=b;}});black_box(x);
 let mut v=[a;8];time("mul throughput",100000,||{for _ in 0..12500{for x in &mut v{*x*=b;}}});black_box(v);
 let mut v=[a;8];time("add throughput",100000,||{for _ in 0..12500{for x in &mut v{*x+=b;}}});black_box(v);
 let mut v=[a;8];time("sub throughput",100000,||{for _ in 0..12500{for x in &mut v{*x-=b;}}});black_box(v);
 let mut x=Fr::from(3u64).invert();let y=x;time("fr mul latency",100000,||{for _ in 0..100000{x*=y;}});black_box(x);
 let xs:Vec<Fp>=(0..20000u64).map(|i|Fp::from(i+7).invert()).collect();
 time("legendre",20000,||{for x in &xs{black_box(black_box(x).legendre());}});
 time("sqrt",1000,||{for x in &xs{black_box(SquareRoots::get().root(*black_box(x)));}});
 time("invert",1000,||{for x in &xs{black_box(black_box(x).invert());}});
}
use super::group::*;use super::crs;
#[test] fn timing_group(){
 let pts=crs::points();let adds:Vec<Addend>=pts.iter().map(|p|Addend::from(*p)).collect();
 let mut s=Point::IDENTITY;
 time("mixed add",25600,||{for _ in 0..100{for a in &adds{s+=*a;}}});
 time("mixed add signed",25600,||{for _ in 0..100{for (i,a) in adds.iter().enumerate(){s+=a.with_sign(i.wrapping_mul(0x9e3779b9)>>7&1==1);}}});
 let q=s;time("full add",25600,||{for _ in 0..25600{s+=q;}});
 time("double",25600,||{for _ in 0..25600{s=s.double();}});black_box(s);
 let enc:Vec<[u8;32]>=pts.iter().map(|p|p.to_bytes()).collect();
 time("decompress",256,||{black_box(decompress_all(&enc,Machine::new(1)).unwrap());});
 let ps:Vec<Point>=pts.iter().map(|p|Point::from(*p).double()).collect();
 time("commitments",256,||{black_box(commitments(&ps,Machine::new(1)));});
 time("endomorphism",256,||{black_box(apply_endomorphism(pts));});
}
use super::msm::*;use super::machine::Machine;
#[test] fn timing_msm(){
 let mut k=Fr::from(3u64).invert();let mut next=||{k=k.square()+Fr::ONE;k};
 let pts:Vec<Point>={let mut p=Point::from(crs::points()[0]);(0..3035).map(|i|{p=p.double()+Addend::from(crs::points()[i%256]);p}).collect()};
 let com=commitments(&pts,Machine::new(1));
 for n in [17,70,276,1000,3035]{let terms:Vec<(Affine,Fr)>=com[..n].iter().map(|c|(c.point,next())).collect();
 time(&format!("msm {n}"),1,||{black_box(multiply_sum(&terms,Machine::new(1)));});
 time(&format!("msm {n} 2 threads"),1,||{black_box(multiply_sum(&terms,Machine::new(2)));});}
 let enc:Vec<[u8;32]>=com.iter().map(|c|c.point.to_bytes()).collect();
 time("decompress 3035",1,||{black_box(decompress_all(&enc,Machine::new(1)).unwrap());});
 for b in [Budget::VERIFIER,Budget{bytes:100<<20},Budget{bytes:340<<20}]{
 let t=Tables::new(b,Machine::new(1));let s=Instant::now();t.build(Machine::new(1));println!("build {:?} {} bytes",s.elapsed(),t.size());
 let ms:Vec<(u16,Fr)>=(0..20000u64).map(|i|((i.wrapping_mul(0x9e3779b97f4a7c15)>>56) as u16,next())).collect();
 let ups:Vec<Update>=ms.chunks(2).map(|m|Update{start:com[0].point,multiples:m}).collect();
 time("update of two",10000,||{black_box(t.update_all(&ups,Machine::new(1)));});
 time("update of two, 2 thr",10000,||{black_box(t.update_all(&ups,Machine::new(2)));});
 let ms:Vec<(u16,Fr)>=(0..256).map(|i|(i as u16,next())).collect();
 time("commit 256",1,||{black_box(t.commit(&ms));});
 }
}
#[test] fn timing_kernel(){
 use super::msm::{Lists,Entries,Lookup};
 let m=Machine::new(1);
 let mut lists=Lists::default();
 for l in 0..640u32{for t in 0..40u32{lists.terms.push(Lists::term((l*7+t*13)%256,(l^t)&1==1));}lists.finish_list();}
 for m in [m,m.portable()]{
 let pts=Entries::new(crs::points(),m.method());
 time("kernel per add (hot)",640*40,||{black_box(lists.sums_from(&pts,&[],m));});}
}
#[test] fn only_decompress(){for m in [Machine::new(1),Machine::new(1).portable()]{
 let pts:Vec<Point>={let mut p=Point::from(crs::points()[0]);(0..3035).map(|i|{p=p.double()+Addend::from(crs::points()[i%256]);p}).collect()};
 let com=commitments(&pts,Machine::new(1));
 let enc:Vec<[u8;32]>=com.iter().map(|c|c.point.to_bytes()).collect();
 time("decompress 3035",3035,||{black_box(decompress_all(&enc,m).unwrap());});
}}
#[test] fn only_msm(){for m in [Machine::new(1),Machine::new(1).portable()]{
 let mut k=Fr::from(3u64).invert();let mut next=||{k=k.square()+Fr::ONE;k};
 let pts:Vec<Point>={let mut p=Point::from(crs::points()[0]);(0..3035).map(|i|{p=p.double()+Addend::from(crs::points()[i%256]);p}).collect()};
 let com=commitments(&pts,Machine::new(1));
 let terms:Vec<(Affine,Fr)>=com.iter().map(|c|(c.point,next())).collect();
 time("msm 3035",1,||{black_box(multiply_sum(&terms,m));});
}}
#[test] fn only_update(){for m in [Machine::new(1),Machine::new(1).portable()]{
 let mut k=Fr::from(3u64).invert();let mut next=||{k=k.square()+Fr::ONE;k};
 for b in [Budget::VERIFIER,Budget{bytes:100<<20},Budget{bytes:340<<20}]{
 let t=Tables::new(b,m);let s=Instant::now();t.build(Machine::new(1));
 let ms:Vec<(u16,Fr)>=(0..20000u64).map(|i|((i.wrapping_mul(0x9e3779b97f4a7c15)>>56) as u16,next())).collect();
 let ups:Vec<Update>=ms.chunks(2).map(|m|Update{start:crs::points()[0],multiples:m}).collect();
 time("update of two",10000,||{black_box(t.update_all(&ups,m));});
 }
}}
